namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>
/// A world with a clock of its own that one thread turns: everything that is ready is done, then the clock jumps to the next timer.
/// The same seed gives the same run to the last detail.
/// </summary>
internal sealed class World
{
    private static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Queue<(Inhabitant Owner, Action Work)> _ready = new();
    private readonly PriorityQueue<Action, (long At, long Order)> _timers = new();
    private long _ticks;
    private long _order;

    /// <summary>Now.</summary>
    public DateTimeOffset Now => Epoch.AddTicks(_ticks);

    /// <summary>Since the beginning.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(_ticks);

    /// <summary>Does something at a time, whatever becomes of the inhabitants.</summary>
    public void At(TimeSpan elapsed, Action work) => _timers.Enqueue(work, (Math.Max(elapsed.Ticks, _ticks), _order++));

    /// <summary>Lets time pass.</summary>
    public void RunUntil(TimeSpan elapsed) => RunUntil(elapsed, () => false);

    /// <summary>Lets time pass until a task is done.</summary>
    public T Finish<T>(Task<T> task, TimeSpan atMost)
    {
        RunUntil(Elapsed + atMost, () => task.IsCompleted);
        Assert.True(task.IsCompleted, "It took longer than expected.");
#pragma warning disable xUnit1031 // It is complete.
        return task.Result;
#pragma warning restore xUnit1031
    }

    /// <summary>Starts something as if the inhabitant did it.</summary>
    public static T As<T>(Inhabitant inhabitant, Func<T> work)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(inhabitant);
        try
        {
            return work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void RunUntil(TimeSpan elapsed, Func<bool> isDone)
    {
        while (!isDone())
        {
            if (_ready.TryDequeue(out var item))
            {
                if (!item.Owner.IsDead)
                {
                    As(item.Owner, () =>
                    {
                        item.Work();
                        return 0;
                    });
                }
            }
            else if (_timers.TryPeek(out var timer, out var due) && due.At <= elapsed.Ticks)
            {
                _timers.Dequeue();
                _ticks = due.At;
                timer();
            }
            else
            {
                _ticks = Math.Max(_ticks, elapsed.Ticks);
                return;
            }
        }
    }

    /// <summary>Somebody whose code runs in this world, until it is killed: then nothing of it runs any more.</summary>
    public sealed class Inhabitant(World world) : SynchronizationContext
    {
        /// <summary>It has been killed.</summary>
        public bool IsDead { get; private set; }

        /// <summary>Its clock.</summary>
        public TimeProvider Time { get; } = new Clock(world);

        /// <summary>Ends it between two steps, as SIGKILL does.</summary>
        public void Kill() => IsDead = true;

        /// <inheritdoc/>
        public override void Post(SendOrPostCallback d, object? state) => world._ready.Enqueue((this, () => d(state)));

        /// <inheritdoc/>
        public override void Send(SendOrPostCallback d, object? state) => d(state);

        /// <inheritdoc/>
        public override SynchronizationContext CreateCopy() => this;

        private sealed class Clock(World world) : TimeProvider
        {
            public override long TimestampFrequency => TimeSpan.TicksPerSecond;

            public override DateTimeOffset GetUtcNow() => world.Now;

            public override long GetTimestamp() => world._ticks;

            public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            {
                Assert.Equal(Timeout.InfiniteTimeSpan, period);
                return new OneShot(world, () => callback(state), dueTime);
            }
        }
    }

    private sealed class OneShot : ITimer
    {
        private readonly World _world;
        private readonly Action _work;
        private int _version;

        public OneShot(World world, Action work, TimeSpan dueTime)
        {
            (_world, _work) = (world, work);
            Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _world.At(_world.Elapsed + dueTime, () =>
                {
                    if (version == _version)
                    {
                        _work();
                    }
                });
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
