namespace HaPgAspire.LocalHosting.Testing;

/// <summary>
/// Runs an app host's entry point for a test: hands its builder to the test, holds the entry point in
/// <c>Build()</c> until the test is done with the model, and leaves starting and stopping to the test.
/// </summary>
internal sealed class TestingSession(string[] args, Action<DistributedApplicationOptions>? configure) : IDisposable
{
    private static readonly AsyncLocal<TestingSession?> Ambient = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _buildAllowed = new();

    /// <summary>Set in the flow of the entry point, and only there.</summary>
    public static TestingSession? Current => Ambient.Value;

    public Task<DistributedApplicationBuilder> Builder => _builder.Task;

    public Task<DistributedApplication> Application => _application.Task;

    /// <summary>Completes when the entry point has returned.</summary>
    public Task EntryPoint { get; private set; } = Task.CompletedTask;

    public void Start(System.Reflection.MethodInfo entryPoint)
    {
        // A thread of its own: the entry point blocks in Build().
        EntryPoint = Task.Factory.StartNew(
            async () =>
            {
                Ambient.Value = this;
                try
                {
                    if (entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? null : [args]) is Task task)
                    {
                        await task;
                    }

                    Fail(new InvalidOperationException("The entry point ended without building an application."));
                }
#pragma warning disable CA1031 // Whatever the entry point throws is the test's to see.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    Fail(exception is System.Reflection.TargetInvocationException { InnerException: { } inner } ? inner : exception);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap();
    }

    public void Configure(DistributedApplicationOptions options)
    {
        options.Args = args;
        options.DisableDashboard = true;
        options.IsTest = true;
        configure?.Invoke(options);
    }

    /// <summary>Called by <c>Build()</c>, when the model is complete.</summary>
    public void WaitUntilBuildIsAllowed(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        _buildAllowed.Wait();
    }

    public void AllowBuild() => _buildAllowed.Set();

    public void ApplicationBuilt(DistributedApplication application) => _application.TrySetResult(application);

    public Task WaitUntilStartedAsync(CancellationToken cancellationToken) => _started.Task.WaitAsync(cancellationToken);

    public Task WaitUntilStoppedAsync(CancellationToken cancellationToken) => _stopped.Task.WaitAsync(cancellationToken);

    public void Started() => _started.TrySetResult();

    public void Stopped()
    {
        _started.TrySetCanceled();
        _stopped.TrySetResult();
    }

    public void Dispose()
    {
        Fail(new ObjectDisposedException(nameof(DistributedApplicationTestingBuilder)));
        _buildAllowed.Set();
        Stopped();
    }

    private void Fail(Exception exception)
    {
        _builder.TrySetException(exception);
        _application.TrySetException(exception);
        _ = _builder.Task.Exception;
        _ = _application.Task.Exception;
    }
}
