using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.Hosting;

/// <summary>Adds the front door to a cluster.</summary>
public static class HAProxyBuilderExtensions
{
    /// <summary>
    /// Adds HAProxy: one port that leads to the leader, one that leads to replicas only, and one with statistics, metrics and health. Databases that are added
    /// to it are created through the read-write port, and owned by the application role.
    /// </summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="name">The resource's name.</param>
    /// <returns>The resource's builder.</returns>
    /// <exception cref="InvalidOperationException">The cluster has a front door already.</exception>
    public static IResourceBuilder<HAProxyResource> AddHAProxy(this IResourceBuilder<PatroniClusterResource> builder, [ResourceName] string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        PatroniClusterResource cluster = builder.Resource;
        if (cluster.HAProxy is not null)
        {
            throw new InvalidOperationException($"The cluster '{cluster.Name}' has '{cluster.HAProxy.Name}' in front of it already.");
        }

        var haproxy = new HAProxyResource(name, cluster);
        cluster.HAProxy = haproxy;
        string healthCheck = $"{name}_front_door";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            healthCheck, new FrontDoorHealthCheck(haproxy), failureStatus: null, tags: null));
        IResourceBuilder<HAProxyResource> resource = builder.ApplicationBuilder.AddResource(haproxy)
            .WithClusterImage(ClusterImages.HAProxyStage, cluster.Options.BaseImage)
            .WithRestrictions(() => ContainerRestrictions.Processes, ContainerRestrictions.MemoryFolders)
            .WithReferenceRelationship(cluster)
            .WithIconName("ArrowRouting")
            .WithEndpoint(targetPort: HAProxyPorts.ReadWrite, name: HAProxyResource.ReadWriteEndpointName, scheme: "tcp", isProxied: false)
            .WithEndpoint(targetPort: HAProxyPorts.ReadOnly, name: HAProxyResource.ReadOnlyEndpointName, scheme: "tcp", isProxied: false)
            .WithHttpEndpoint(targetPort: HAProxyPorts.Statistics, name: HAProxyResource.StatisticsEndpointName, isProxied: false)
            .WithUrlForEndpoint(HAProxyResource.ReadWriteEndpointName, url => url.DisplayText = "read-write")
            .WithUrlForEndpoint(HAProxyResource.ReadOnlyEndpointName, url => url.DisplayText = "read-only")
            .WithUrlForEndpoint(HAProxyResource.StatisticsEndpointName, url => url.DisplayText = "Statistics")
            .WithHealthCheck(healthCheck)
            .WithEnvironment(context => context.EnvironmentVariables[HAProxyConfiguration.StatisticsPasswordVariable] = cluster.StatisticsPasswordParameter)
            .WithContainerFiles(
                ClusterImages.HAProxyConfigurationDirectory,
                async (_, cancellationToken) =>
                [
                    ClusterFile.Create("haproxy.cfg", HAProxyConfiguration.Write(cluster.Options, Surroundings(haproxy))),
                    .. await cluster.Security.ContainerFilesAsync(haproxy, cancellationToken),
                ],
                ClusterImages.HAProxyUser,
                ClusterImages.HAProxyUser)
            .OnResourceReady((door, ready, cancellationToken) => ClusterDatabases.CreateAsync(door, ready.Services, cancellationToken));
        Apply(haproxy);
        ClusterSecurityBuilderExtensions.Apply(builder);
        return resource;
    }

    /// <summary>Sets the ports on the host, unless the configuration does (<c>Cluster:HAProxy:ReadWritePort</c> and so on).</summary>
    /// <param name="builder">The resource's builder.</param>
    /// <param name="readWrite">The port that leads to the leader; 0 takes any free one.</param>
    /// <param name="readOnly">The port that leads to replicas; 0 takes any free one.</param>
    /// <param name="statistics">The port with statistics; 0 takes any free one.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<HAProxyResource> WithHostPorts(this IResourceBuilder<HAProxyResource> builder, int readWrite = 0, int readOnly = 0, int statistics = 0)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Cluster.Change(options => options with
        {
            HAProxy = options.HAProxy with { ReadWritePort = readWrite, ReadOnlyPort = readOnly, StatisticsPort = statistics },
        });
        Apply(builder.Resource);
        return builder;
    }

    /// <summary>What <c>haproxy.cfg</c> says beyond the options, on the containers' network.</summary>
    /// <param name="haproxy">The front door.</param>
    /// <returns>The description for <see cref="HAProxyConfiguration.Write"/>.</returns>
    public static HAProxySurroundings Surroundings(HAProxyResource haproxy)
    {
        ArgumentNullException.ThrowIfNull(haproxy);
        return new HAProxySurroundings { Members = [.. haproxy.Cluster.Nodes.Select(node => node.Member)] };
    }

    internal static void Apply(HAProxyResource haproxy)
    {
        HAProxyOptions options = haproxy.Cluster.Options.HAProxy;
        foreach (EndpointAnnotation endpoint in haproxy.Annotations.OfType<EndpointAnnotation>())
        {
            int port = endpoint.Name switch
            {
                HAProxyResource.ReadWriteEndpointName => options.ReadWritePort,
                HAProxyResource.ReadOnlyEndpointName => options.ReadOnlyPort,
                _ => options.StatisticsPort,
            };
            endpoint.Port = port == 0 ? null : port;
        }
    }
}
