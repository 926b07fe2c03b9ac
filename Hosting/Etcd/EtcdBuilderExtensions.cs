using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>Adds etcd to an app host.</summary>
public static class EtcdBuilderExtensions
{
    private const string CertificateDirectory = $"{ClusterImages.EtcdConfigurationDirectory}/{CertificateFiles.Folder}";

    /// <summary>
    /// Adds etcd: one member, or as many as <c>Cluster:Etcd:Members</c> and <see cref="WithMembers"/> say. The members' data lie on named volumes, so
    /// that a member finds them again after a stop or a crash.
    /// </summary>
    /// <param name="builder">The application builder.</param>
    /// <param name="name">The resource's name; further members are named after it (<c>etcd-2</c>, <c>etcd-3</c>).</param>
    /// <returns>The resource's builder.</returns>
    public static IResourceBuilder<EtcdResource> AddEtcd(this IDistributedApplicationBuilder builder, [ResourceName] string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ClusterServices.AddTo(builder);
        var resource = new EtcdResource(name);
        IResourceBuilder<EtcdResource> etcd = AddMember(builder, resource, resource);
        Configure(etcd, new EtcdOptions());
        return etcd;
    }

    /// <summary>Sets the number of members, unless the configuration does (<c>Cluster:Etcd:Members</c>).</summary>
    /// <param name="builder">The resource's builder.</param>
    /// <param name="count">1 or 3. Any other number is refused when the application starts.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<EtcdResource> WithMembers(this IResourceBuilder<EtcdResource> builder, int count)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Configure(builder, builder.Resource.Options with { Members = count });
        return builder;
    }

    private static void Configure(IResourceBuilder<EtcdResource> builder, EtcdOptions declared)
    {
        EtcdResource etcd = builder.Resource;
        // Errors of the whole section are reported once, by the cluster.
        ClusterOptions read = ClusterOptionsReader.Read(
            builder.ApplicationBuilder.Configuration.GetSection(ClusterOptions.SectionName), new ClusterOptions { Etcd = declared }, []);
        etcd.Options = read.Etcd;
        etcd.BaseImage = read.BaseImage;
        foreach (EtcdMemberResource member in etcd.Members)
        {
            ClusterBuild.UseBaseImage(member, etcd.BaseImage);
        }

        while (etcd.Members.Count < etcd.Options.Members && etcd.Members.Count < 3)
        {
            var member = new EtcdMemberResource($"{etcd.Name}-{etcd.Members.Count + 1}");
            etcd.Add(member);
            AddMember(builder.ApplicationBuilder, etcd, member).WithParentRelationship(etcd);
        }
    }

    private static IResourceBuilder<T> AddMember<T>(IDistributedApplicationBuilder builder, EtcdResource etcd, T member)
        where T : EtcdMemberResource
    {
        IResourceBuilder<T> resource = builder.AddResource(member)
            .WithClusterImage(ClusterImages.EtcdStage, etcd.BaseImage)
            .WithRestrictions(() => ContainerRestrictions.Processes, ContainerRestrictions.MemoryFolders)
            .WithHttpEndpoint(targetPort: EtcdMemberResource.ClientPort, name: EtcdMemberResource.ClientEndpointName, isProxied: false)
            .WithComponentHealthCheck("/health", member.ClientEndpoint, () => etcd.Security)
            .WithIconName("DatabaseLink")
            .WithContainerFiles(
                ClusterImages.EtcdConfigurationDirectory,
async (_, cancellationToken) =>
                [
                    ClusterFile.Create("etcd.yml", EtcdConfiguration.Write(
                        etcd.Options,
                        member.Member,
                        [.. etcd.Members.Select(other => other.Member)],
                        etcd.Name,
                        certificateDirectory: etcd.Security?.IsOn == true ? CertificateDirectory : null)),
                    .. etcd.Security is { } security ? await security.ContainerFilesAsync(member, cancellationToken) : [],
                ],
                ClusterImages.EtcdUser,
                ClusterImages.EtcdUser);
        ClusterVolumes.Apply(resource, ClusterImages.EtcdVolumePath, persistentAs: null);
        return resource;
    }
}
