using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>One resource's console log: the last lines, and who follows it.</summary>
internal sealed class ResourceLog : ILogger
{
    /// <summary>Enough to see what went wrong, small enough for a dozen resources in the app host's memory.</summary>
    private const int Capacity = 5_000;

    private readonly Lock _gate = new();
    private readonly Queue<LogLine> _lines = [];
    private readonly List<Channel<LogLine>> _followers = [];
    private int _lastNumber;
    private bool _completed;

    public void Append(string text, bool isError)
    {
        var time = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture);
        lock (_gate)
        {
            var line = new LogLine(++_lastNumber, $"{time} {text}", isError);
            _lines.Enqueue(line);
            if (_lines.Count > Capacity)
            {
                _lines.Dequeue();
            }

            _followers.ForEach(f => f.Writer.TryWrite(line));
        }
    }

    public IReadOnlyList<LogLine> Lines()
    {
        lock (_gate)
        {
            return [.. _lines];
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<LogLine>(new UnboundedChannelOptions { SingleReader = true });
        IReadOnlyList<LogLine> backlog;
        lock (_gate)
        {
            backlog = [.. _lines];
            _followers.Add(channel);
            if (_completed)
            {
                channel.Writer.Complete();
            }
        }

        try
        {
            if (backlog.Count > 0)
            {
                yield return backlog;
            }

            while (await channel.Reader.WaitToReadAsync(cancellationToken))
            {
                List<LogLine> batch = [];
                while (channel.Reader.TryRead(out var line))
                {
                    batch.Add(line);
                }

                yield return batch;
            }
        }
        finally
        {
            lock (_gate)
            {
                _followers.Remove(channel);
            }
        }
    }

    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            _followers.ForEach(f => f.Writer.TryComplete());
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _lines.Clear();
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            var message = formatter(state, exception);
            Append(exception is null ? message : $"{message}{Environment.NewLine}{exception}", logLevel >= LogLevel.Error);
        }
    }
}
