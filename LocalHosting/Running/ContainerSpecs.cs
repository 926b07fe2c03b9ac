using System.Net.Sockets;
using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>From a container resource to what the container engine is told.</summary>
internal static class ContainerSpecs
{
    public static async Task<ImageSource> ImageAsync(RunContext run, IResource resource, CancellationToken cancellationToken)
    {
        if (!resource.TryGetLastAnnotation<DockerfileBuildAnnotation>(out var build))
        {
            return resource.TryGetContainerImageName(out var name)
                ? new RegistryImage(name)
                : throw new DistributedApplicationException($"The container resource '{resource.Name}' has no image.");
        }

        Dictionary<string, string> arguments = [];
        foreach (var (name, value) in build.BuildArguments)
        {
            arguments[name] = await run.ResolveAsync(resource, value, cancellationToken) ?? Environment.GetEnvironmentVariable(name) ?? string.Empty;
        }

        return new ImageBuild
        {
            Repository = build.ImageName ?? resource.Name.ToLowerInvariant(),
            ContextDirectory = build.ContextPath,
            Dockerfile = build.DockerfilePath,
            Target = build.Stage,
            BuildArguments = arguments,
        };
    }

    public static async Task<ContainerSpec> CreateAsync(RunContext run, IResource resource, string name, string image, CancellationToken cancellationToken)
    {
        return new ContainerSpec
        {
            Name = name,
            Image = image,
            Network = run.Network,
            NetworkAliases = [resource.Name, $"{resource.Name}.dev.internal"],
            Environment = await run.EnvironmentAsync(resource, cancellationToken),
            Arguments = await run.ArgumentsAsync(resource, cancellationToken),
            Entrypoint = (resource as ContainerResource)?.Entrypoint,
            Mounts = [.. resource.Annotations.OfType<ContainerMountAnnotation>().Select(Mount)],
            Files = await ContainerFiles.CollectAsync(run, resource, cancellationToken),
            Ports = [.. resource.Annotations.OfType<EndpointAnnotation>().Select(Port)],
            RuntimeArguments = await RuntimeArgumentsAsync(run, resource, cancellationToken),
            ExtraHosts = OperatingSystem.IsLinux() ? [$"{KnownHostNames.DockerDesktopHostBridge}:host-gateway"] : [],
            Labels = AppHostIdentity.Current.Labels,
        };
    }

    private static PublishedPort Port(EndpointAnnotation endpoint) => new(
        endpoint.TargetPort!.Value,
        endpoint.AllocatedEndpoint!.Port,
        endpoint.TargetHost == KnownHostNames.Localhost ? EndpointAllocation.HostAddress : endpoint.TargetHost,
        endpoint.Protocol == ProtocolType.Udp ? "udp" : "tcp");

    private static ContainerMount Mount(ContainerMountAnnotation mount) => new(
        mount.Type == ContainerMountType.BindMount ? ContainerMountKind.Bind : ContainerMountKind.Volume,
        mount.Source,
        mount.Target,
        mount.IsReadOnly);

    private static async Task<IReadOnlyList<string>> RuntimeArgumentsAsync(RunContext run, IResource resource, CancellationToken cancellationToken)
    {
        List<object> arguments = [];
        var context = new ContainerRuntimeArgsCallbackContext(arguments, cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        List<string> resolved = [];
        foreach (var argument in arguments)
        {
            if (await run.ResolveAsync(resource, argument, cancellationToken) is { } value)
            {
                resolved.Add(value);
            }
        }

        return resolved;
    }
}
