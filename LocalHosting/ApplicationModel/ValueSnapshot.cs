namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>A value that arrives once and may be replaced later.</summary>
public sealed class ValueSnapshot<T>
    where T : notnull
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<T> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<T>? _replacement;

    public bool IsValueSet => _first.Task.IsCompleted;

    /// <summary>The newest value, without waiting; null before the first and after a failure.</summary>
    internal T? Current
    {
        get
        {
            lock (_gate)
            {
                var task = _replacement ?? _first.Task;
                return task.IsCompletedSuccessfully ? task.Result : default;
            }
        }
    }

    public Task<T> GetValueAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return _replacement ?? _first.Task.WaitAsync(cancellationToken);
        }
    }

    public void SetValue(T value)
    {
        lock (_gate)
        {
            if (!_first.TrySetResult(value))
            {
                _replacement = Task.FromResult(value);
            }
        }
    }

    public void SetException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        lock (_gate)
        {
            if (!_first.TrySetException(exception))
            {
                _replacement = Task.FromException<T>(exception);
            }
        }
    }
}
