using HaPgAspire.Hosting.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HaPgAspire.Hosting;

/// <summary>Encryption and certificates of a cluster.</summary>
public static class ClusterSecurityBuilderExtensions
{
    /// <summary>
    /// Encrypts every connection inside the cluster and to it, with certificates of an authority of its own, unless the configuration says otherwise
    /// (<c>Cluster:Tls</c>).
    /// </summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="enabled">True to encrypt.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PatroniClusterResource> WithTls(this IResourceBuilder<PatroniClusterResource> builder, bool enabled = true) =>
        builder.WithOptions(options => options with { Tls = enabled });

    /// <summary>
    /// Gives a container that is a client of the cluster the certificate files that its connection strings name, in <c>/etc/hapgaspire/tls</c>. Other clients
    /// need no such call: they run on the machine that has the files.
    /// </summary>
    /// <typeparam name="T">The kind of container.</typeparam>
    /// <param name="builder">The container's builder.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="user">The user that the container's program runs as.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<T> WithClusterCertificates<T>(this IResourceBuilder<T> builder, IResourceBuilder<PatroniClusterResource> cluster, int? user = null)
        where T : ContainerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(cluster);
        return builder.WithContainerFiles(
            CertificatePath.ContainerDirectory, (_, cancellationToken) => cluster.Resource.Security.ClientFilesAsync(cancellationToken), user, user);
    }

    internal static IResourceBuilder<T> WithComponentHealthCheck<T>(this IResourceBuilder<T> builder, string path, EndpointReference endpoint, Func<ClusterSecurity?> security)
        where T : IResource
    {
        string key = $"{builder.Resource.Name}_{endpoint.EndpointName}";
        IServiceCollection services = builder.ApplicationBuilder.Services;
        // Owned, and disposed of, by the service provider.
        services.AddKeyedSingleton(key, (_, _) => new ComponentHealthCheck(endpoint, path, security));
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            key, provider => provider.GetRequiredKeyedService<ComponentHealthCheck>(key), failureStatus: null, tags: null));
        return builder.WithHealthCheck(key);
    }

    /// <summary>Brings the cluster's resources to what <see cref="ClusterOptions.Tls"/> says now.</summary>
    internal static void Apply(IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        string scheme = cluster.Options.Tls ? "https" : "http";
        foreach (EtcdMemberResource member in cluster.Etcd.Members)
        {
            SetScheme(member, EtcdMemberResource.ClientEndpointName, scheme);
        }

        foreach (PatroniNodeResource node in cluster.Nodes)
        {
            SetScheme(node, PatroniNodeResource.RestEndpointName, scheme);
        }

        if (cluster.HAProxy is { } haproxy)
        {
            SetScheme(haproxy, HAProxyResource.StatisticsEndpointName, scheme);
            haproxy.ShowConnection();
        }

        if (cluster.Options.Tls)
        {
            RotateCommand.AddTo(builder);
        }

        KeepAuthority(builder);
    }

    private static void KeepAuthority(IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        bool kept = cluster.Options is { Tls: true, Persistent: true } && builder.ApplicationBuilder.ExecutionContext.IsRunMode;
        if (kept && cluster.Security.Parameter is null)
        {
            cluster.Security.Parameter = builder.ApplicationBuilder.AddParameter(
                $"{cluster.Name}-certificate-authority", new CertificateAuthorityDefault(cluster), secret: true, persist: true).Resource;
        }
        else if (!kept && cluster.Security.Parameter is { } parameter)
        {
            builder.ApplicationBuilder.Resources.Remove(parameter);
            cluster.Security.Parameter = null;
        }
    }

    private static void SetScheme(IResource resource, string endpoint, string scheme)
    {
        foreach (EndpointAnnotation annotation in resource.Annotations.OfType<EndpointAnnotation>().Where(annotation => annotation.Name == endpoint))
        {
            annotation.UriScheme = scheme;
        }
    }
}
