using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api;

/// <summary>
/// The probe's changes as server-sent events. It keeps the last ones, so that a listener that comes back with the id of the last
/// event it has seen gets exactly what it missed; one that was away for too long gets the whole state again.
/// </summary>
internal sealed class LiveFeed(IProbeState state, TimeProvider time) : BackgroundService
{
    /// <summary>How many changes are kept: about a minute and a half of a busy probe.</summary>
    internal const int Kept = 512;

    /// <summary>How many may listen at once.</summary>
    internal const int MostListeners = 64;

    /// <summary>How long the line is silent at most.</summary>
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<LiveEvent> _events = new(Kept);

    // Tells a restarted probe, which counts from 1 again, from this one.
    private readonly string _instance = Guid.NewGuid().ToString("N")[..8];

    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _last;
    private int _listeners;

    /// <summary>A place among the listeners, to be given back; null when all are taken.</summary>
    public IDisposable? TryListen()
    {
        if (Interlocked.Increment(ref _listeners) <= MostListeners)
        {
            return new Place(this);
        }

        Interlocked.Decrement(ref _listeners);
        return null;
    }

    /// <summary>Events until cancelled: the whole state first, or what came after <paramref name="lastEventId"/>.</summary>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(string? lastEventId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = PositionOf(lastEventId);
        while (!cancellationToken.IsCancellationRequested)
        {
            var (missed, last, news) = After(seen);
            if (missed is null)
            {
                seen = last;
                yield return Whole(last);
                continue;
            }

            foreach (var item in missed)
            {
                seen = item.Sequence;
                yield return item.Item;
            }

            if (missed.Length == 0 && !await HasNewsAsync(news, cancellationToken))
            {
                yield return new SseItem<string>($"{{\"at\":\"{time.GetUtcNow():O}\"}}", "beat");
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var change in state.ChangesAsync(stoppingToken))
            {
                Add(change);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The probe stops.
        }
    }

    private void Add(ProbeChange change)
    {
        TaskCompletionSource news;
        lock (_gate)
        {
            if (change.Sequence != _last + 1)
            {
                // Some were missed: nobody can be brought up to date from here on but with the whole state.
                _events.Clear();
            }
            else if (_events.Count == Kept)
            {
                _events.Dequeue();
            }

            _events.Enqueue(new LiveEvent(_instance, change));
            _last = change.Sequence;
            news = _news;
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        news.SetResult();
    }

    /// <summary>What came after a position; null when that is not known any more.</summary>
    private (LiveEvent[]? Missed, long Last, Task News) After(long? seen)
    {
        lock (_gate)
        {
            var known = seen is { } position && position <= _last && (position == _last || (_events.TryPeek(out var first) && first.Sequence <= position + 1));
            return (known ? [.. _events.Where(item => item.Sequence > seen)] : null, _last, _news.Task);
        }
    }

    private async Task<bool> HasNewsAsync(Task news, CancellationToken cancellationToken)
    {
        try
        {
            await news.WaitAsync(Heartbeat, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    // Taken after the position was: changes from then on come again, and repeating one changes nothing.
    private SseItem<string> Whole(long position) =>
        new(JsonSerializer.Serialize(state.Current, ApiJson.Default.ProbeStatus), "status") { EventId = $"{_instance}-{position}" };

    private long? PositionOf(string? eventId) =>
        eventId?.Split('-') is [var instance, var number]
        && instance == _instance
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : null;

    private sealed class Place(LiveFeed feed) : IDisposable
    {
        private LiveFeed? _feed = feed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _feed, null) is { } owner)
            {
                Interlocked.Decrement(ref owner._listeners);
            }
        }
    }
}
