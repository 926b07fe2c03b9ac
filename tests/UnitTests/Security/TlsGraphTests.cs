using HaPgAspire.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.UnitTests.Security;

public sealed class TlsGraphTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_connection_string_asks_for_full_verification_by_the_authority_of_this_run()
    {
        var graph = new Graph("--Cluster:Tls=true", "--Parameters:postgres-password=secret");
        string end = $";SSL Mode=VerifyFull;Root Certificate={Path.Combine(graph.Resource.Security.Directory, "ca.crt")}";
        Assert.Equal($"Host=localhost;Port=15000;Username=app;Password=secret{end}", await graph.HAProxy.Resource.ConnectionStringExpression.GetValueAsync(Cancellation));
        Assert.Equal($"Host=localhost;Port=15000;Username=app;Password=secret{end};Database=appdb", await graph.Database.Resource.ConnectionStringExpression.GetValueAsync(Cancellation));
        Assert.EndsWith(end, await graph.HAProxy.Resource.ReadOnlyConnectionStringExpression.GetValueAsync(Cancellation), StringComparison.Ordinal);
        Assert.EndsWith(end, await graph.Resource.ConnectionStringExpression.GetValueAsync(Cancellation), StringComparison.Ordinal);
        Assert.EndsWith(end, await graph.Resource.Nodes[0].ConnectionStringExpression.GetValueAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_learn_the_encrypted_addresses_and_where_the_certificates_are()
    {
        var graph = new Graph("--Cluster:Tls=true");
        Dictionary<string, ReferenceExpression> properties = ((IResourceWithConnectionString)graph.Resource).GetConnectionProperties().ToDictionary();
        Assert.StartsWith("data-node1=https://localhost:18008,", await properties["Members"].GetValueAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("https://localhost:12379", await properties["Etcd"].GetValueAsync(Cancellation));
        Assert.Equal("https://localhost:17000", await properties["HAProxy"].GetValueAsync(Cancellation));
        Assert.Equal(Path.Combine(graph.Resource.Security.Directory, "ca.crt"), await properties["RootCertificate"].GetValueAsync(Cancellation));
        Assert.Equal(Path.Combine(graph.Resource.Security.Directory, "client.pem"), await properties["ClientCertificate"].GetValueAsync(Cancellation));
    }

    [Fact]
    public async Task The_code_switches_TLS_on_and_off_again()
    {
        var graph = new Graph("--Parameters:postgres-password=secret");
        graph.Cluster.WithTls();
        Assert.Contains("VerifyFull", await graph.HAProxy.Resource.ConnectionStringExpression.GetValueAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("https", graph.Etcd.Resource.ClientEndpoint.Scheme);
        graph.Cluster.WithTls(false);
        Assert.Equal("Host=localhost;Port=15000;Username=app;Password=secret", await graph.HAProxy.Resource.ConnectionStringExpression.GetValueAsync(Cancellation));
        Assert.Equal("http", graph.Etcd.Resource.ClientEndpoint.Scheme);
    }

    [Theory]
    [InlineData("data-node1", "ca.crt client.pem server.pem")]
    [InlineData("etcd", "ca.crt server.pem")]
    [InlineData("haproxy", "ca.crt server.pem")]
    public async Task A_container_gets_a_folder_that_is_its_user_s_alone(string resource, string names)
    {
        var graph = new Graph("--Cluster:Tls=true");
        ContainerDirectory folder = Assert.Single((await FilesAsync(graph, resource)).OfType<ContainerDirectory>());
        Assert.Equal(("tls", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute), (folder.Name, folder.Mode));
        Assert.Equal(names.Split(' '), folder.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.Empty((await FilesAsync(new Graph(), resource)).OfType<ContainerDirectory>());
    }

    [Fact]
    public async Task A_container_that_starts_again_gets_new_certificates_of_the_same_authority()
    {
        var graph = new Graph("--Cluster:Tls=true");
        string[] first = await ContentsAsync(graph);
        string[] second = await ContentsAsync(graph);
        Assert.Equal(first[0], second[0]);
        Assert.NotEqual(first[1], second[1]);
    }

    [Fact]
    public async Task A_node_gets_the_password_for_etcd_in_its_environment_with_TLS_only()
    {
        Dictionary<string, object> environment = await EnvironmentAsync(new Graph("--Cluster:Tls=true"));
        Assert.True(Assert.IsType<ParameterResource>(environment["PATRONI_ETCD3_PASSWORD"]).Secret);
        Assert.DoesNotContain("CLUSTER_ETCD_HEALTH", environment.Keys);
        Assert.DoesNotContain("PATRONI_ETCD3_PASSWORD", (await EnvironmentAsync(new Graph())).Keys);
    }

    [Fact]
    public void The_authority_of_data_that_is_kept_is_a_secret_parameter()
    {
        var graph = new Graph("--Cluster:Tls=true", "--Cluster:Persistent=true");
        ParameterResource parameter = Assert.Single(graph.Builder.Resources.OfType<ParameterResource>());
        Assert.True(parameter.Secret);
        graph.Cluster.WithTiming(ttl: 40);
        Assert.Same(parameter, Assert.Single(graph.Builder.Resources.OfType<ParameterResource>()));
        Assert.Empty(new Graph("--Cluster:Tls=true").Builder.Resources.OfType<ParameterResource>());
        Assert.Empty(new Graph("--Cluster:Persistent=true").Builder.Resources.OfType<ParameterResource>());
    }

    [Fact]
    public void Rotation_is_a_command_of_a_cluster_with_TLS()
    {
        Assert.Single(new Graph("--Cluster:Tls=true").Resource.Annotations.OfType<ResourceCommandAnnotation>(), command => command.Name == "rotate-certificates");
        Assert.DoesNotContain(new Graph().Resource.Annotations.OfType<ResourceCommandAnnotation>(), command => command.Name == "rotate-certificates");
    }

    [Fact]
    public void Two_clusters_with_TLS_do_not_share_an_etcd()
    {
        var graph = new Graph("--Cluster:Tls=true");
        IResourceBuilder<PatroniClusterResource> second = graph.Builder.AddPatroniCluster("second", graph.Etcd);
        second.AddNode("other1");
        second.AddNode("other2");
        var error = Assert.Throws<ClusterException>(() => ClusterValidation.ThrowIfInvalid(new DistributedApplicationModel(graph.Builder.Resources)));
        Assert.Contains("an etcd of its own", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string[]> ContentsAsync(Graph graph) =>
        [.. (await FilesAsync(graph, "data-node1")).OfType<ContainerDirectory>().Single().Entries.Cast<ContainerFile>().Select(file => file.Contents!)];

    private static async Task<IReadOnlyList<ContainerFileSystemItem>> FilesAsync(Graph graph, string resource)
    {
        IResource container = graph.Builder.Resources.Single(candidate => candidate.Name == resource);
        ContainerFileSystemCallbackAnnotation files = container.Annotations.OfType<ContainerFileSystemCallbackAnnotation>().Single();
        var context = new ContainerFileSystemCallbackContext { Services = new ServiceCollection().BuildServiceProvider(), Model = container };
        return [.. await files.Callback(context, Cancellation)];
    }

    private static async Task<Dictionary<string, object>> EnvironmentAsync(Graph graph)
    {
        PatroniNodeResource node = graph.Resource.Nodes[0];
        var context = new EnvironmentCallbackContext(graph.Builder.ExecutionContext, resource: node, cancellationToken: Cancellation);
        foreach (EnvironmentCallbackAnnotation annotation in node.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }

    private sealed class Graph
    {
        public Graph(params string[] args)
        {
            Builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, DisableDashboard = true });
            Etcd = Builder.AddEtcd("etcd");
            Cluster = Builder.AddPatroniCluster("postgres", Etcd);
            Cluster.AddNode("data-node1");
            Cluster.AddNode("data-node2");
            HAProxy = Cluster.AddHAProxy("haproxy");
            Database = HAProxy.AddDatabase("appdb");
            foreach (EndpointAnnotation endpoint in Builder.Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()))
            {
                endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 10_000 + endpoint.TargetPort!.Value);
            }
        }

        public IDistributedApplicationBuilder Builder { get; }

        public IResourceBuilder<EtcdResource> Etcd { get; }

        public IResourceBuilder<PatroniClusterResource> Cluster { get; }

        public PatroniClusterResource Resource => Cluster.Resource;

        public IResourceBuilder<HAProxyResource> HAProxy { get; }

        public IResourceBuilder<PostgresDatabaseResource> Database { get; }
    }
}
