using System.Collections.Concurrent;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace HaPgAspire.LocalHosting.Docker;

internal sealed partial class DockerEngine
{
    /// <summary>On every image built here: the hash of all that went into it.</summary>
    public const string BuildHashLabel = "hapgaspire.build";

    private const int TagLength = 12;

    private readonly ConcurrentDictionary<string, SharedImageWork> _imageWork = new();

    // The engine's classic builder runs all earlier stages of the file for a target: one after the other they share its cache.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _dockerfileGates = new();

    /// <summary>Makes sure that the engine has the image: pulls it, or builds it where anything it is made of has changed.</summary>
    /// <param name="progress">Gets the lines of a pull or build, from another thread; nothing where nothing is to be done.</param>
    /// <exception cref="ImageBuildException">The build failed.</exception>
    /// <exception cref="ImageUnavailableException">The image, or one it is built on, is not there and cannot be pulled.</exception>
    public Task<EnsuredImage> EnsureImageAsync(ImageSource image, Action<string>? progress, CancellationToken cancellationToken) => image switch
    {
        RegistryImage reference => EnsurePulledAsync(Normalize(reference.Reference), null, progress, cancellationToken),
        ImageBuild build => EnsureBuiltAsync(build, progress, cancellationToken),
        _ => throw new ArgumentException($"Unknown image source {image.GetType().Name}.", nameof(image)),
    };

    private async Task<EnsuredImage> EnsurePulledAsync(
        string reference,
        string? neededBy,
        Action<string>? progress,
        CancellationToken cancellationToken)
    {
        if (await ImageIdAsync(reference, cancellationToken) is { } id)
        {
            return new EnsuredImage(reference, id, ImageOutcome.AlreadyThere);
        }

        await ShareAsync($"pull {reference}", (report, token) => PullAsync(reference, neededBy, report, token), progress, cancellationToken);
        id = await ImageIdAsync(reference, cancellationToken)
            ?? throw EngineErrors.NoImage(reference, neededBy, "the pull ended without it");
        return new EnsuredImage(reference, id, ImageOutcome.Pulled);
    }

    private async Task PullAsync(string reference, string? neededBy, Action<string> report, CancellationToken cancellationToken)
    {
        string? error = null;
        var messages = new Relay<JSONMessage>(message =>
        {
            error ??= message.Error?.Message;

            // With progress bars there are hundreds of messages per layer.
            if (message.Progress?.Total is null or 0 && message.Status is { Length: > 0 } status)
            {
                report(message.ID is { Length: > 0 } layer ? $"{layer}: {status}" : status);
            }
        });
        try
        {
            await _client.Images.CreateImageAsync(new() { FromImage = reference }, null, messages, cancellationToken);
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            throw EngineErrors.NoImage(reference, neededBy, EngineErrors.Message(failed));
        }

        if (error is not null)
        {
            throw EngineErrors.NoImage(reference, neededBy, error);
        }
    }

    private async Task<EnsuredImage> EnsureBuiltAsync(ImageBuild build, Action<string>? progress, CancellationToken cancellationToken)
    {
        var context = await BuildContext.ReadAsync(build, cancellationToken);
        var bases = new List<string>();
        foreach (var name in DockerfileBases.Find(context.Dockerfile, build.Target, build.BuildArguments))
        {
            bases.Add((await EnsurePulledAsync(Normalize(name), build.Repository, progress, cancellationToken)).Id);
        }

        var hash = await context.HashAsync(bases, cancellationToken);
        var reference = $"{build.Repository}:{hash[..TagLength]}";
        if (await FindBuiltAsync(hash, reference, cancellationToken) is { } there)
        {
            return new EnsuredImage(reference, there, ImageOutcome.AlreadyThere);
        }

        await ShareAsync($"build {hash}", (report, token) => BuildAsync(build, context, hash, reference, report, token), progress, cancellationToken);
        var id = await FindBuiltAsync(hash, reference, cancellationToken)
            ?? throw new ImageBuildException(build.Repository, $"The build of image '{build.Repository}' ended without the image.", []);
        return new EnsuredImage(reference, id, ImageOutcome.Built);
    }

    private async Task BuildAsync(
        ImageBuild build,
        BuildContext context,
        string hash,
        string reference,
        Action<string> report,
        CancellationToken cancellationToken)
    {
        var gate = _dockerfileGates.GetOrAdd(Path.GetFullPath(build.Dockerfile, Path.GetFullPath(build.ContextDirectory)), _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            await using var archive = await context.OpenArchiveAsync(cancellationToken);
            var output = new BuildOutput(report);
            var parameters = new ImageBuildParameters
            {
                Dockerfile = context.DockerfileName,
                Target = build.Target,
                Tags = [reference],
                Labels = new Dictionary<string, string> { [BuildHashLabel] = hash },
                BuildArgs = Copy(build.BuildArguments),
                Remove = true,
                ForceRemove = true,
            };
            try
            {
                await _client.Images.BuildImageFromDockerfileAsync(
                    parameters,
                    archive,
                    authConfigs: null,
                    headers: null,
                    new Relay<JSONMessage>(message => output.Add(message.Stream ?? message.Status, message.Error?.Message)),
                    cancellationToken);
            }
            catch (DockerApiException refused)
            {
                // For example a Dockerfile that cannot be parsed.
                output.Add(null, EngineErrors.Message(refused));
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or System.Net.Sockets.SocketException)
            {
                throw EngineErrors.NotReachable(Endpoint, broken);
            }

            output.ThrowIfFailed(build.Repository);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Finds an image by what it was built from; one that has another name only gets this one in addition.</summary>
    private async Task<string?> FindBuiltAsync(string hash, string reference, CancellationToken cancellationToken)
    {
        var images = await CallAsync(
            "Listing images",
            token => _client.Images.ListImagesAsync(new() { Filters = Filter("label", $"{BuildHashLabel}={hash}") }, token),
            cancellationToken);
        if (images.FirstOrDefault(image => image.RepoTags?.Contains(reference) == true) is { } named)
        {
            return named.ID;
        }

        // Without a name it may be a layer in the cache of another build with the same label.
        if (images.FirstOrDefault(image => image.RepoTags is { Count: > 0 }) is not { } other)
        {
            return null;
        }

        var colon = reference.LastIndexOf(':');
        await CallAsync(
            $"Naming image '{reference}'",
            token => _client.Images.TagImageAsync(other.ID, new() { RepositoryName = reference[..colon], Tag = reference[(colon + 1)..] }, token),
            cancellationToken);
        return other.ID;
    }

    private async Task<string?> ImageIdAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            return (await CallAsync(
                $"Inspecting image '{reference}'",
                token => _client.Images.InspectImageAsync(reference, token),
                cancellationToken)).ID;
        }
        catch (EngineException failed) when (failed.InnerException is DockerImageNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Runs the work once for all that ask for it at the same time; each of them hears of its progress.</summary>
    private async Task ShareAsync(
        string key,
        Func<Action<string>, CancellationToken, Task> work,
        Action<string>? progress,
        CancellationToken cancellationToken)
    {
        var shared = _imageWork.GetOrAdd(key, _ => new SharedImageWork(report => work(report, _lifetime.Token)));
        try
        {
            await shared.JoinAsync(progress, cancellationToken);
        }
        finally
        {
            if (shared.IsCompleted)
            {
                _imageWork.TryRemove(new(key, shared));
            }
        }
    }

    // Without a tag the engine would pull all of them.
    private static string Normalize(string reference) =>
        reference.Contains('@', StringComparison.Ordinal) || reference.LastIndexOf(':') > reference.LastIndexOf('/')
            ? reference
            : reference + ":latest";
}
