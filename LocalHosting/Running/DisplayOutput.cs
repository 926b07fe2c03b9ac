using HaPgAspire.LocalHosting.Terminal;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>Where the app host's own lines go: to the display while there is one, else to standard error.</summary>
internal sealed class DisplayOutput : ILoggerProvider
{
    private volatile IResourceDisplay? _display;

    public IResourceDisplay? Display => _display;

    public void Open(IResourceDisplay display) => _display = display;

    public async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _display, null) is { } display)
        {
            await display.DisposeAsync();
        }
    }

    public ILogger CreateLogger(string categoryName) => new Line(this);

    public void Dispose()
    {
    }

    private sealed class Line(DisplayOutput output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var prefix = logLevel switch
            {
                LogLevel.Warning => "warning: ",
                >= LogLevel.Error => "error: ",
                _ => string.Empty,
            };
            var text = $"{prefix}{formatter(state, exception)}{(exception is null ? string.Empty : $" ({exception.Message})")}";
            if (output.Display is { } display)
            {
                display.Notice(text);
            }
            else
            {
                Console.Error.WriteLine(text);
            }
        }
    }
}
