namespace HaPgAspire.LocalHosting.Docker;

/// <summary>The engine cannot do what was asked. The message is one sentence for the user, with the remedy where there is one.</summary>
internal class EngineException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>No usable container engine: none there, none answering, or no permission.</summary>
internal sealed class EngineUnavailableException(string message, Exception? inner = null) : EngineException(message, inner);

/// <summary>An image can be neither found, pulled nor built.</summary>
internal sealed class ImageUnavailableException(string image, string message, Exception? inner = null) : EngineException(message, inner)
{
    public string Image { get; } = image;
}

/// <summary>The build of an image failed. The message ends with the build's last lines.</summary>
internal sealed class ImageBuildException(string repository, string message, IReadOnlyList<string> lastLines) : EngineException(message)
{
    public string Repository { get; } = repository;

    public IReadOnlyList<string> LastLines { get; } = lastLines;
}

/// <summary>A host port that a container publishes is taken by another process.</summary>
internal sealed class PortInUseException(int port, string message, Exception? inner = null) : EngineException(message, inner)
{
    /// <summary>The host port.</summary>
    public int Port { get; } = port;
}

/// <summary>The container is not (or no longer) there.</summary>
internal sealed class ContainerGoneException(string id, Exception? inner = null)
    : EngineException($"Container {id} does not exist any more.", inner);
