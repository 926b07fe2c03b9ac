using HaPgAspire.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.UnitTests.Hosting;

public sealed class GraphTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_engine_is_told_to_remove_the_containers_before_their_volumes() =>
        Assert.Equal(bool.TrueString, new Graph().Builder.Configuration["DcpPublisher:WaitForResourceCleanup"]);

    [Fact]
    public void The_graph_has_etcd_three_nodes_and_a_front_door()
    {
        var graph = new Graph();
        Assert.Equal(["etcd"], graph.Etcd.Resource.Members.Select(member => member.Name));
        Assert.Equal(["data-node1", "data-node2", "data-node3"], graph.Cluster.Resource.Nodes.Select(node => node.Name));
        Assert.Same(graph.HAProxy.Resource, graph.Cluster.Resource.HAProxy);
        Assert.Equal("appdb", graph.HAProxy.Resource.Databases.Values.Single());
    }

    [Fact]
    public void Every_endpoint_is_published_without_a_proxy_and_the_front_door_s_on_fixed_ports()
    {
        var graph = new Graph();
        Assert.Equal([("postgres", 5432), ("rest", 8008)], Endpoints(graph.Cluster.Resource.Nodes[0]).Select(endpoint => (endpoint.Name, endpoint.TargetPort)));
        Assert.Equal([("client", 2379)], Endpoints(graph.Etcd.Resource).Select(endpoint => (endpoint.Name, endpoint.TargetPort)));
        Assert.Equal([("read-only", 5001, 5001), ("statistics", 7000, 7000), ("tcp", 5000, 5000)], Endpoints(graph.HAProxy.Resource));
        Assert.All(
            graph.Builder.Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()),
            endpoint => Assert.False(endpoint.IsProxied));
    }

    [Fact]
    public void Ports_of_the_configuration_win_and_0_takes_any()
    {
        var graph = new Graph("--Cluster:HAProxy:ReadWritePort=6000", "--Cluster:HAProxy:ReadOnlyPort=0");
        Assert.Equal([("read-only", 5001, null), ("statistics", 7000, 7000), ("tcp", 5000, 6000)], Endpoints(graph.HAProxy.Resource));
        graph.HAProxy.WithHostPorts(readWrite: 7001, readOnly: 7002, statistics: 7003);
        Assert.Equal([("read-only", 5001, null), ("statistics", 7000, 7003), ("tcp", 5000, 6000)], Endpoints(graph.HAProxy.Resource));
    }

    [Fact]
    public void Builder_methods_change_the_one_record()
    {
        PatroniClusterResource cluster = new Graph().Cluster
            .WithProfile(ClusterProfile.Seed)
            .WithTiming(ttl: 60, loopWait: 5)
            .WithSynchronousMode(SynchronousMode.Strict)
            .WithPersistentData()
            .WithPostgresParameter("work_mem", "8MB")
            .Resource;
        ClusterOptions options = cluster.Options;
        Assert.Equal((60, 5, 10, SynchronousMode.Strict, true), (options.Ttl, options.LoopWait, options.RetryTimeout, options.Synchronous, options.Persistent));
        Assert.Equal("8MB", options.Postgres.Parameters["work_mem"]);
    }

    [Fact]
    public void Three_etcd_members_are_asked_for_in_code_or_configuration()
    {
        Graph[] graphs = [new("--Cluster:Etcd:Members=3"), new()];
        graphs[1].Etcd.WithMembers(3);
        foreach (Graph graph in graphs)
        {
            Assert.Equal(["etcd", "etcd-2", "etcd-3"], graph.Etcd.Resource.Members.Select(member => member.Name));
            Assert.Equal(["etcd:2379", "etcd-2:2379", "etcd-3:2379"], PatroniBuilderExtensions.Configuration(graph.Cluster.Resource.Nodes[0]).EtcdHosts);
            Assert.Equal(3, graph.Cluster.Resource.Options.Etcd.Members);
        }
    }

    [Fact]
    public async Task Connection_strings_lead_through_the_front_door_and_to_every_node()
    {
        var graph = new Graph("--Parameters:postgres-password=secret", "--Parameters:postgres-rest-password=other", "--Parameters:postgres-statistics-password=third");
        Allocate(graph);
        PatroniClusterResource cluster = graph.Cluster.Resource;
        Assert.Equal("Host=localhost;Port=15000;Username=app;Password=secret", await graph.HAProxy.Resource.ConnectionStringExpression.GetValueAsync(Cancellation));
        Assert.Equal(
            "Host=localhost;Port=15001;Username=app;Password=secret;Database=appdb", await graph.HAProxy.Resource.ReadOnlyConnectionStringExpression.GetValueAsync(Cancellation));
        Assert.Equal(
            "Host=localhost:15432,localhost:15433,localhost:15434;Username=app;Password=secret;Database=appdb", await cluster.ConnectionStringExpression.GetValueAsync(Cancellation));
        Assert.Equal("Host=localhost;Port=15433;Username=app;Password=secret", await cluster.Nodes[1].ConnectionStringExpression.GetValueAsync(Cancellation));

        Dictionary<string, ReferenceExpression> properties = ((IResourceWithConnectionString)cluster).GetConnectionProperties().ToDictionary();
        Assert.Equal(["Etcd", "HAProxy", "Members", "Password", "ReadOnly", "RestPassword", "RestUsername", "StatisticsPassword", "StatisticsUsername", "Username"], properties.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            "data-node1=http://localhost:18008,data-node2=http://localhost:18009,data-node3=http://localhost:18010", await properties["Members"].GetValueAsync(Cancellation));
        Assert.Equal("http://localhost:12379", await properties["Etcd"].GetValueAsync(Cancellation));
        Assert.Equal("http://localhost:17000", await properties["HAProxy"].GetValueAsync(Cancellation));
        Assert.Equal("patroni", await properties["RestUsername"].GetValueAsync(Cancellation));
        Assert.Equal("other", await properties["RestPassword"].GetValueAsync(Cancellation));
        Assert.Equal("statistics", await properties["StatisticsUsername"].GetValueAsync(Cancellation));
        Assert.Equal("third", await properties["StatisticsPassword"].GetValueAsync(Cancellation));
    }

    [Fact]
    public async Task Secrets_reach_a_node_as_parameters_in_its_environment_and_nowhere_else()
    {
        var graph = new Graph();
        PatroniNodeResource node = graph.Cluster.Resource.Nodes[0];
        var context = new EnvironmentCallbackContext(graph.Builder.ExecutionContext, resource: node, cancellationToken: Cancellation);
        foreach (EnvironmentCallbackAnnotation annotation in node.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        Dictionary<string, object> environment = context.EnvironmentVariables;
        string[] secrets = ["PATRONI_REPLICATION_PASSWORD", "PATRONI_REWIND_PASSWORD", "PATRONI_RESTAPI_PASSWORD", "CLUSTER_APPLICATION_PASSWORD", "CLUSTER_MONITORING_PASSWORD"];
        Assert.All(secrets, secret => Assert.True(Assert.IsType<ParameterResource>(environment[secret]).Secret));
        Assert.Equal(secrets.Length, secrets.Select(secret => environment[secret]).Distinct().Count());
        Assert.Equal("etcd:2379", environment["CLUSTER_ETCD_HEALTH"]);
        Assert.DoesNotContain("PATRONI_SUPERUSER_PASSWORD", environment.Keys);
    }

    [Theory]
    [InlineData("data-node1", "/etc/patroni", "patroni.yml", ClusterImages.PostgresUser)]
    [InlineData("etcd", "/etc/etcd", "etcd.yml", ClusterImages.EtcdUser)]
    [InlineData("haproxy", "/etc/haproxy", "haproxy.cfg", ClusterImages.HAProxyUser)]
    public async Task A_generated_file_belongs_to_the_container_s_user_and_nobody_else_reads_it(string resource, string path, string name, int user)
    {
        var graph = new Graph();
        IResource container = graph.Builder.Resources.Single(candidate => candidate.Name == resource);
        ContainerFileSystemCallbackAnnotation files = container.Annotations.OfType<ContainerFileSystemCallbackAnnotation>().Single();
        var context = new ContainerFileSystemCallbackContext { Services = new ServiceCollection().BuildServiceProvider(), Model = container };
        var file = Assert.IsType<ContainerFile>(Assert.Single(await files.Callback(context, Cancellation)));
        Assert.Equal((path, user, user), (files.DestinationPath, files.DefaultOwner, files.DefaultGroup));
        Assert.Equal((name, UnixFileMode.UserRead), (file.Name, file.Mode));
        Assert.NotEmpty(file.Contents!);
    }

    [Fact]
    public void Data_lies_on_volumes_of_this_run_unless_it_is_to_be_kept()
    {
        var graph = new Graph();
        Assert.All(DataVolumes(graph), volume => Assert.NotNull(ClusterSession.Parse(volume)));
        string[] other = [.. DataVolumes(new Graph())];
        Assert.Empty(DataVolumes(graph).Intersect(other));

        graph.Cluster.WithPersistentData();
        string[] kept = [.. DataVolumes(graph)];
        Assert.Equal(4, kept.Distinct().Count());
        Assert.All(kept, volume => Assert.Null(ClusterSession.Parse(volume)));
        var again = new Graph("--Cluster:Persistent=true");
        Assert.Equal(kept, DataVolumes(again));
        Assert.Empty(kept.Intersect(DataVolumes(new Graph("--Cluster:Persistent=true", "--Cluster:Scope=other"))));
    }

    [Fact]
    public void A_node_lies_below_its_cluster_without_taking_over_its_health()
    {
        PatroniNodeResource node = new Graph().Cluster.Resource.Nodes[0];
        Assert.IsNotType<IResourceWithParent>(node, exactMatch: false);
        Assert.Contains(node.Annotations.OfType<ResourceRelationshipAnnotation>(), relationship => relationship.Type == "Parent" && relationship.Resource == node.Cluster);
    }

    [Fact]
    public void Commands_are_registered_for_the_cluster_and_its_nodes()
    {
        PatroniClusterResource cluster = new Graph().Cluster.Resource;
        Assert.Equal(
            ["connection-string", "drill", "faults", "list", "pause", "resume", "switchover"],
            cluster.Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["kill", "reinitialize"], cluster.Nodes[0].Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("the cluster 'postgres' has 1 node and must have 2 to 9", 1)]
    [InlineData("the cluster 'postgres' has 10 nodes and must have 2 to 9", 10)]
    public void The_number_of_nodes_is_bounded(string expected, int count)
    {
        var graph = new Graph(nodes: count, []);
        var error = Assert.Throws<ClusterException>(() => ClusterValidation.ThrowIfInvalid(new DistributedApplicationModel(graph.Builder.Resources)));
        Assert.Equal(expected + ".", error.Message);
    }

    [Fact]
    public void A_node_s_name_and_the_configuration_are_checked_with_the_model()
    {
        var graph = new Graph("--Cluster:Ttl=x", "--Cluster:LoopWait=0");
        graph.Cluster.AddNode("Upper");
        var error = Assert.Throws<ClusterException>(() => ClusterValidation.ThrowIfInvalid(new DistributedApplicationModel(graph.Builder.Resources)));
        Assert.Equal(
            "Cluster:Ttl is 'x' and must be a whole number; Cluster:LoopWait is 0 and must be 1 to 300 seconds; "
            + "the node name 'Upper' must be 1 to 63 lower-case letters, digits or '-', starting with a letter and not ending in '-'.",
            error.Message);
    }

    [Fact]
    public void A_cluster_has_one_front_door() =>
        Assert.Contains("haproxy", Assert.Throws<InvalidOperationException>(() => new Graph().Cluster.AddHAProxy("second")).Message, StringComparison.Ordinal);

    private static IEnumerable<(string Name, int? TargetPort, int? Port)> Endpoints(IResource resource) => resource.Annotations.OfType<EndpointAnnotation>()
        .Select(endpoint => (endpoint.Name, endpoint.TargetPort, endpoint.Port)).OrderBy(endpoint => endpoint.Name, StringComparer.Ordinal);

    private static IEnumerable<string> DataVolumes(Graph graph) => graph.Builder.Resources
        .SelectMany(resource => resource.Annotations.OfType<ContainerMountAnnotation>()).Select(mount => mount.Source!);

    private static void Allocate(Graph graph)
    {
        foreach (IResource resource in graph.Builder.Resources)
        {
            int number = resource.Name.StartsWith("data-node", StringComparison.Ordinal) ? resource.Name[^1] - '1' : 0;
            foreach (EndpointAnnotation endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 10_000 + endpoint.TargetPort!.Value + number);
            }
        }
    }

    private sealed class Graph
    {
        public Graph(params string[] args)
            : this(nodes: 3, args)
        {
        }

        public Graph(int nodes, string[] args)
        {
            Builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, DisableDashboard = true });
            Etcd = Builder.AddEtcd("etcd");
            Cluster = Builder.AddPatroniCluster("postgres", Etcd);
            for (int i = 1; i <= nodes; i++)
            {
                Cluster.AddNode(FormattableString.Invariant($"data-node{i}"));
            }

            HAProxy = Cluster.AddHAProxy("haproxy");
            HAProxy.AddDatabase("appdb");
        }

        public IDistributedApplicationBuilder Builder { get; }

        public IResourceBuilder<EtcdResource> Etcd { get; }

        public IResourceBuilder<PatroniClusterResource> Cluster { get; }

        public IResourceBuilder<HAProxyResource> HAProxy { get; }
    }
}
