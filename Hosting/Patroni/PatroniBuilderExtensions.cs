using HaPgAspire.Hosting.Publishing;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>Adds a Patroni cluster and its nodes to an app host, and changes its options.</summary>
public static class PatroniBuilderExtensions
{
    /// <summary>
    /// Adds a Patroni cluster. Its passwords are generated once and kept in the app host's user secrets; its options come from the configuration section
    /// <c>Cluster</c> and from the methods of this class.
    /// </summary>
    /// <param name="builder">The application builder.</param>
    /// <param name="name">The resource's name, and the cluster's name in etcd unless <c>Cluster:Scope</c> says otherwise.</param>
    /// <param name="etcd">The store for the leader's lease.</param>
    /// <returns>The resource's builder.</returns>
    public static IResourceBuilder<PatroniClusterResource> AddPatroniCluster(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, IResourceBuilder<EtcdResource> etcd)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(etcd);
        ClusterServices.AddTo(builder);
        var options = new ClusterOptionsSource(builder.Configuration, new ClusterOptions { Tls = builder.ExecutionContext.IsPublishMode });
        var resource = new PatroniClusterResource(
            name,
            etcd.Resource,
            options,
            PatroniClusterSecrets.Create(builder, name, () => options.Current.Postgres.ApplicationRole),
            ClusterServices.SessionOf(builder));
        resource.Security.IsPublished = builder.ExecutionContext.IsPublishMode;
        etcd.Resource.Security ??= resource.Security;
        IResourceBuilder<PatroniClusterResource> cluster = builder.AddResource(resource)
            .WithIconName("DatabaseMultiple")
            .WithReferenceRelationship(etcd.Resource)
            .WithInitialState(new CustomResourceSnapshot { ResourceType = "PatroniCluster", State = KnownResourceStates.NotStarted, Properties = [] })
            .OnInitializeResource(async (started, initialize, cancellationToken) =>
            {
                await initialize.Eventing.PublishAsync(new BeforeResourceStartedEvent(started, initialize.Services), cancellationToken);
                await initialize.Notifications.PublishUpdateAsync(started, snapshot => snapshot with { State = KnownResourceStates.Starting });
                // Returns when the nodes have their ports.
                await initialize.Eventing.PublishAsync(new ConnectionStringAvailableEvent(started, initialize.Services), cancellationToken);
            })
            .WithClusterMonitor()
            .WithFastFailover()
            .WithClusterCommands()
            .WithDrill()
            .WithFaults();
        PublishSteps.Add(cluster);
        Apply(cluster);
        return cluster;
    }

    /// <summary>Adds a data node: PostgreSQL and Patroni in a container, its data on a named volume.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="name">The resource's name, which is also the member's name in Patroni and the host name on the network.</param>
    /// <returns>The node's builder.</returns>
    public static IResourceBuilder<PatroniNodeResource> AddNode(this IResourceBuilder<PatroniClusterResource> builder, [ResourceName] string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        PatroniClusterResource cluster = builder.Resource;
        var node = new PatroniNodeResource(name, cluster);
        cluster.Add(node);
        IResourceBuilder<PatroniNodeResource> resource = builder.ApplicationBuilder.AddResource(node)
            .WithClusterImage(ClusterImages.PatroniStage, cluster.Options.BaseImage)
            .WithRestrictions(() => ContainerRestrictions.PostgresProcesses(cluster.Options.Postgres), ContainerRestrictions.PostgresMemoryFolders)
            .WithParentRelationship(cluster)
            .WithReferenceRelationship(cluster.Etcd)
            .WithIconName("Database")
            .WithEndpoint(targetPort: PatroniNodeResource.PostgresPort, name: PatroniNodeResource.PostgresEndpointName, scheme: "tcp", isProxied: false)
            .WithHttpEndpoint(targetPort: PatroniNodeResource.RestPort, name: PatroniNodeResource.RestEndpointName, isProxied: false)
            .WithUrlForEndpoint(PatroniNodeResource.RestEndpointName, url => url.DisplayText = "Patroni")
            .WithComponentHealthCheck("/health", node.RestEndpoint, () => cluster.Security)
            .WithEnvironment(context =>
            {
                Dictionary<string, object> environment = context.EnvironmentVariables;
                environment["PATRONI_REPLICATION_PASSWORD"] = cluster.ReplicationPasswordParameter;
                environment["PATRONI_REWIND_PASSWORD"] = cluster.RewindPasswordParameter;
                environment["PATRONI_RESTAPI_USERNAME"] = PostgresOptions.RestUser;
                environment["PATRONI_RESTAPI_PASSWORD"] = cluster.RestPasswordParameter;
                environment["CLUSTER_APPLICATION_USERNAME"] = cluster.UserNameParameter;
                environment["CLUSTER_APPLICATION_PASSWORD"] = cluster.PasswordParameter;
                environment["CLUSTER_MONITORING_USERNAME"] = PostgresOptions.MonitoringRole;
                environment["CLUSTER_MONITORING_PASSWORD"] = cluster.MonitoringPasswordParameter;
                if (cluster.Options.Tls)
                {
                    environment[EtcdAccess.PasswordVariable] = cluster.EtcdPasswordParameter;
                    environment[EtcdAccess.ProtocolVariable] = EtcdAccess.Protocol;
                }
                else
                {
                    environment["CLUSTER_ETCD_HEALTH"] = string.Join(' ', EtcdHosts(cluster));
                }

                foreach ((string name, string value) in PatroniLauncher.Environment(cluster.Options.Failover))
                {
                    environment[name] = value;
                }

                if (context.ExecutionContext.IsPublishMode)
                {
                    // Nobody is there to create them when the front door is ready.
                    environment["CLUSTER_APPLICATION_DATABASES"] = string.Join(' ', PublishedCluster.Databases(cluster));
                }
            })
            .WithContainerFiles(
                ClusterImages.PatroniConfigurationDirectory,
                async (_, cancellationToken) =>
                [
                    ClusterFile.Create("patroni.yml", PatroniYaml.Write(cluster.Options, Configuration(node))),
                    .. await cluster.Security.ContainerFilesAsync(node, cancellationToken),
                ],
                ClusterImages.PostgresUser,
                ClusterImages.PostgresUser)
            .WithNodeCommands();
        ApplyVolumes(builder);
        ClusterSecurityBuilderExtensions.Apply(builder);
        return resource;
    }

    /// <summary>Sets every timing to those of a profile. Call it before the methods that change single timings.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="profile">The profile.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PatroniClusterResource> WithProfile(this IResourceBuilder<PatroniClusterResource> builder, ClusterProfile profile) =>
        builder.WithOptions(options => options.WithProfile(profile));

    /// <summary>Sets Patroni's timings, in seconds. What is left out stays as it is. Bounds are checked when the application starts.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="ttl">See <see cref="ClusterOptions.Ttl"/>.</param>
    /// <param name="loopWait">See <see cref="ClusterOptions.LoopWait"/>.</param>
    /// <param name="retryTimeout">See <see cref="ClusterOptions.RetryTimeout"/>.</param>
    /// <param name="primaryStartTimeout">See <see cref="ClusterOptions.PrimaryStartTimeout"/>.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PatroniClusterResource> WithTiming(
        this IResourceBuilder<PatroniClusterResource> builder, int? ttl = null, int? loopWait = null, int? retryTimeout = null, int? primaryStartTimeout = null) =>
        builder.WithOptions(options => options with
        {
            Ttl = ttl ?? options.Ttl,
            LoopWait = loopWait ?? options.LoopWait,
            RetryTimeout = retryTimeout ?? options.RetryTimeout,
            PrimaryStartTimeout = primaryStartTimeout ?? options.PrimaryStartTimeout,
        });

    /// <summary>Sets when a commit is acknowledged.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="mode">See <see cref="SynchronousMode"/>.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PatroniClusterResource> WithSynchronousMode(this IResourceBuilder<PatroniClusterResource> builder, SynchronousMode mode) =>
        builder.WithOptions(options => options with { Synchronous = mode });

    /// <summary>Keeps data and passwords when the app host ends.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="persistent">True to keep them, false to remove the data at the end.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PatroniClusterResource> WithPersistentData(this IResourceBuilder<PatroniClusterResource> builder, bool persistent = true) =>
        builder.WithOptions(options => options with { Persistent = persistent });

    /// <summary>Sets a PostgreSQL parameter on every node.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">Its value as PostgreSQL writes it, for example <c>512MB</c>.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PatroniClusterResource> WithPostgresParameter(this IResourceBuilder<PatroniClusterResource> builder, string name, string value) =>
        builder.WithOptions(options => options with
        {
            Postgres = options.Postgres with { Parameters = new Dictionary<string, string>(options.Postgres.Parameters) { [name] = value } },
        });

    /// <summary>Changes any of the options; the configuration still wins over what is set here.</summary>
    /// <param name="builder">The cluster's builder.</param>
    /// <param name="change">Gets the options declared so far and returns the new ones. etcd's are changed on etcd's own builder.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PatroniClusterResource> WithOptions(
        this IResourceBuilder<PatroniClusterResource> builder, Func<ClusterOptions, ClusterOptions> change)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(change);
        builder.Resource.Change(change);
        Apply(builder);
        return builder;
    }

    /// <summary>What a node's <c>patroni.yml</c> says beyond the options, on the containers' network.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The description for <see cref="PatroniYaml.Write"/>.</returns>
    public static PatroniNodeConfiguration Configuration(PatroniNodeResource node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new PatroniNodeConfiguration { Member = node.Member, Scope = node.Cluster.Scope, EtcdHosts = [.. EtcdHosts(node.Cluster)] };
    }

    internal static IEnumerable<string> EtcdHosts(PatroniClusterResource cluster) =>
        cluster.Etcd.Members.Select(member => FormattableString.Invariant($"{member.Member.Host}:{member.Member.ClientPort}"));

    private static void Apply(IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        foreach (PatroniNodeResource node in cluster.Nodes)
        {
            ClusterBuild.UseBaseImage(node, cluster.Options.BaseImage);
        }

        if (cluster.HAProxy is { } haproxy)
        {
            HAProxyBuilderExtensions.Apply(haproxy);
        }

        ApplyVolumes(builder);
        ClusterSecurityBuilderExtensions.Apply(builder);
    }

    private static void ApplyVolumes(IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        string? persistentAs = cluster.Options.Persistent ? cluster.Scope : null;
        foreach (PatroniNodeResource node in cluster.Nodes)
        {
            ClusterVolumes.Apply(builder.ApplicationBuilder.CreateResourceBuilder(node), ClusterImages.PostgresVolumePath, persistentAs);
        }

        // The leader's lease, and who may be promoted, must be as old as the data.
        foreach (EtcdMemberResource member in cluster.Etcd.Members)
        {
            ClusterVolumes.Apply(builder.ApplicationBuilder.CreateResourceBuilder(member), ClusterImages.EtcdVolumePath, persistentAs);
        }
    }
}
