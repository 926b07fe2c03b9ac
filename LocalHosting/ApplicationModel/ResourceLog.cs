using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>A line as it was written.</summary>
internal readonly record struct ResourceLogLine(int Number, DateTime Time, string Text, bool IsError);

/// <summary>One resource's console log: the last lines, and who follows it.</summary>
internal sealed class ResourceLog : ILogger
{
    /// <summary>Enough to see what went wrong, small enough for a dozen resources in the app host's memory.</summary>
    private const int Capacity = 5_000;

    private readonly Lock _gate = new();
    private readonly Queue<ResourceLogLine> _lines = [];
    private readonly List<Channel<ResourceLogLine>> _followers = [];
    private int _lastNumber;
    private bool _completed;

    public void Append(string text, bool isError)
    {
        lock (_gate)
        {
            var line = new ResourceLogLine(++_lastNumber, DateTime.UtcNow, text, isError);
            _lines.Enqueue(line);
            if (_lines.Count > Capacity)
            {
                _lines.Dequeue();
            }

            _followers.ForEach(f => f.Writer.TryWrite(line));
        }
    }

    public IReadOnlyList<ResourceLogLine> Lines()
    {
        lock (_gate)
        {
            return [.. _lines];
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<ResourceLogLine>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceLogLine>(new UnboundedChannelOptions { SingleReader = true });
        IReadOnlyList<ResourceLogLine> backlog;
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
                List<ResourceLogLine> batch = [];
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
