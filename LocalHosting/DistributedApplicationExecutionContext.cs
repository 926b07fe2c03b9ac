namespace HaPgAspire.LocalHosting;

/// <summary>What the app host was started for.</summary>
public enum DistributedApplicationOperation
{
    Run,
    Publish,
}

/// <summary>What the app host was started for, and the services once they are there.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation, string publisherName)
{
    private readonly DistributedApplicationExecutionContextOptions? _options;

    public DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
        : this(operation, "manifest")
    {
    }

    public DistributedApplicationExecutionContext(DistributedApplicationExecutionContextOptions options)
        : this(options?.Operation ?? throw new ArgumentNullException(nameof(options)), options.PublisherName ?? "manifest")
    {
        _options = options;
    }

    public DistributedApplicationOperation Operation { get; } = operation;

    public string PublisherName { get; set; } = publisherName;

    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    /// <exception cref="InvalidOperationException">The application has not been built.</exception>
    public IServiceProvider Services => _options?.Services
        ?? throw new InvalidOperationException("The services are available once the application has been built.");
}

/// <summary>What an execution context is made from.</summary>
public class DistributedApplicationExecutionContextOptions(DistributedApplicationOperation operation)
{
    public DistributedApplicationExecutionContextOptions(DistributedApplicationOperation operation, string publisherName)
        : this(operation) => PublisherName = publisherName;

    public DistributedApplicationOperation Operation { get; } = operation;

    public string? PublisherName { get; }

    public IServiceProvider? Services { get; set; }
}
