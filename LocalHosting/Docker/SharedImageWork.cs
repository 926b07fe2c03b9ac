namespace HaPgAspire.LocalHosting.Docker;

/// <summary>A pull or build that several resources wait for. It belongs to the engine: who leaves early does not stop it.</summary>
internal sealed class SharedImageWork
{
    private readonly Lock _lock = new();
    private readonly List<Action<string>> _listeners = [];
    private readonly Lazy<Task> _work;

    public SharedImageWork(Func<Action<string>, Task> start) => _work = new Lazy<Task>(() => Task.Run(() => start(Report)));

    public bool IsCompleted => _work is { IsValueCreated: true, Value.IsCompleted: true };

    public async Task JoinAsync(Action<string>? progress, CancellationToken cancellationToken)
    {
        if (progress is not null)
        {
            lock (_lock)
            {
                _listeners.Add(progress);
            }
        }

        try
        {
            await _work.Value.WaitAsync(cancellationToken);
        }
        finally
        {
            if (progress is not null)
            {
                lock (_lock)
                {
                    _listeners.Remove(progress);
                }
            }
        }
    }

    private void Report(string line)
    {
        Action<string>[] listeners;
        lock (_lock)
        {
            listeners = [.. _listeners];
        }

        foreach (var listener in listeners)
        {
            listener(line);
        }
    }
}
