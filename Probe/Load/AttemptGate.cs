using HaPgAspire.Probe.State;

namespace HaPgAspire.Probe.Load;

/// <summary>
/// Decides when an attempt may begin. While the route works, at once. While it fails, attempts begin one by one, a short jittered
/// interval apart: close enough to see the end of an outage with that resolution, and no more, however much load is waiting. The longer an
/// outage lasts the rarer they are, so that the probe does not itself keep a busy machine from answering.
/// </summary>
/// <param name="clock">The time.</param>
/// <param name="concurrency">Attempts under way at once.</param>
/// <param name="seekInterval">Longest wait between two attempts while the route fails.</param>
/// <param name="connectTimeout">How long an attempt hangs when nobody answers.</param>
/// <param name="random">For the jitter.</param>
internal sealed class AttemptGate(ProbeClock clock, int concurrency, TimeSpan seekInterval, TimeSpan connectTimeout, Random random)
{
    // So many attempts under way, and so long without an acknowledgement, are treated as a failure that is not known yet.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(50);

    // The end of an outage that is longer than this is seen within a 200th of what is beyond it: 10 ms at twelve seconds, 0.1 s at thirty, and a second at most.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Rarest = TimeSpan.FromSeconds(1);
    private const int Resolution = 200;

    private readonly int _many = Math.Max(1, concurrency / 4);

    // Attempts that hang are begun so far apart that there is always one left to begin.
    private readonly TimeSpan _hangingInterval = connectTimeout / Math.Max(1, concurrency * 3 / 4);

    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private int _active;
    private bool _failing;
    private bool _pacing;
    private DateTimeOffset _acknowledged = clock.Now;

    /// <summary>Waits for its turn. False when the deadline came first; otherwise <see cref="Exit"/> must follow.</summary>
    public ValueTask<bool> EnterAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!IsPaced && _active < concurrency && _waiters.Count == 0)
            {
                _active++;
                return ValueTask.FromResult(true);
            }

            var waiter = new Waiter(deadline);
            _waiters.AddLast(waiter);
            if (!_pacing)
            {
                _pacing = true;
                Pacing = PaceAsync(cancellationToken);
            }

            return new ValueTask<bool>(waiter.Turn.Task);
        }
    }

    /// <summary>Ends an attempt that was let in.</summary>
    public void Exit()
    {
        lock (_gate)
        {
            _active--;
            LetIn();
        }
    }

    /// <summary>Says what the last attempt said: that the route fails, or that it works.</summary>
    public void Set(bool failing)
    {
        lock (_gate)
        {
            _failing = failing;
            if (!failing)
            {
                _acknowledged = clock.Now;
            }

            LetIn();
        }
    }

    /// <summary>The loop that lets waiting attempts in; done while nobody waits.</summary>
    public Task Pacing { get; private set; } = Task.CompletedTask;

    /// <summary>A jittered wait: between half of the seek interval and all of it.</summary>
    public TimeSpan Jitter()
    {
        lock (_gate)
        {
            return seekInterval * (0.5 + (random.NextDouble() / 2));
        }
    }

    private bool IsPaced => _failing || (_active >= _many && clock.Now - _acknowledged > Quiet);

    private TimeSpan Interval()
    {
        var jitter = Jitter();
        lock (_gate)
        {
            var rarer = (clock.Now - _acknowledged - Long) / Resolution;
            var interval = _active >= _many && _hangingInterval > jitter ? _hangingInterval : jitter;
            return rarer < interval ? interval : rarer < Rarest ? rarer : Rarest;
        }
    }

    private async Task PaceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LetInOneByOneAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                foreach (var waiter in _waiters)
                {
                    waiter.Turn.SetCanceled(cancellationToken);
                }

                _waiters.Clear();
            }
        }
    }

    private async Task LetInOneByOneAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await clock.DelayAsync(Interval(), cancellationToken);
            lock (_gate)
            {
                Expire();
                LetIn();
                if (_active < concurrency)
                {
                    LetOneIn();
                }

                if (_waiters.Count == 0)
                {
                    _pacing = false;
                    return;
                }
            }
        }
    }

    private void LetIn()
    {
        while (!IsPaced && _active < concurrency && _waiters.Count > 0)
        {
            LetOneIn();
        }
    }

    private void LetOneIn()
    {
        if (_waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            _active++;
            first.Value.Turn.SetResult(true);
        }
    }

    private void Expire()
    {
        var now = clock.Now;
        for (var node = _waiters.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Deadline <= now)
            {
                _waiters.Remove(node);
                node.Value.Turn.SetResult(false);
            }

            node = next;
        }
    }

    private sealed record Waiter(DateTimeOffset Deadline)
    {
        public TaskCompletionSource<bool> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
