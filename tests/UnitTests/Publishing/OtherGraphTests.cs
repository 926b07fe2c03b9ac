using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>Graphs other than the repository's own: what people add in their app hosts.</summary>
public sealed class OtherGraphTests
{
    [Fact]
    public async Task Another_container_goes_to_compose_with_its_values()
    {
        using var folder = new TemporaryFolder();
        string? failure = await PublishAsync("publish-compose", folder, builder =>
        {
            HAProxyResource frontDoor = AddCluster(builder, "postgres").Resource;
            builder.AddContainer("cache", "example/cache", "7")
                .WithEndpoint(targetPort: 6379, name: "tcp", scheme: "tcp")
                .WithEnvironment("PRICE", "5$")
                .WithEnvironment("DATABASE", frontDoor)
                .WithArgs("--quiet")
                .WithVolume("cache-data", "/data")
                .WaitFor(builder.CreateResourceBuilder(frontDoor));
        });

        Assert.Null(failure);
        string yaml = await File.ReadAllTextAsync(folder["compose/docker-compose.yaml"], TestContext.Current.CancellationToken);
        string service = yaml[yaml.IndexOf("\n  cache:\n", StringComparison.Ordinal)..];
        Assert.Contains("image: example/cache:7", service, StringComparison.Ordinal);
        Assert.Contains("PRICE: 5$$", service, StringComparison.Ordinal);
        Assert.Contains("DATABASE: Host=haproxy;Port=5000;Username=app;Password=${POSTGRES_PASSWORD:?has no value in .env}", service, StringComparison.Ordinal);
        Assert.Contains("- --quiet", service, StringComparison.Ordinal);
        Assert.Contains("source: cache-data", service, StringComparison.Ordinal);
        Assert.Contains("condition: service_healthy", service, StringComparison.Ordinal);
        Assert.DoesNotContain("6379:6379", service, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_etcd_members_go_to_every_target()
    {
        using var folder = new TemporaryFolder();
        string? failure = await PublishAsync("publish", folder, builder => AddCluster(builder, "postgres", etcdMembers: 3));

        Assert.Null(failure);
        Assert.Equal(
            ["data-node1", "data-node2", "data-node3", "etcd", "etcd-2", "etcd-3", "haproxy"],
            Directory.EnumerateDirectories(folder["compose/files"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.True(Directory.Exists(folder["vms/machines/etcd-3"]));
        Assert.Contains("etcd:2379", await File.ReadAllTextAsync(folder["compose/files/data-node1/etc/patroni/patroni.yml"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        // Without a project there is no container app, and no subnet for one.
        Assert.DoesNotContain("container-app", await File.ReadAllTextAsync(folder["azure/infra/main.bicep"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_clusters_go_to_compose_and_to_no_single_cluster_target()
    {
        using var folder = new TemporaryFolder();
        static void Add(IDistributedApplicationBuilder builder)
        {
            AddCluster(builder, "first", prefix: "a-");
            AddCluster(builder, "second", prefix: "b-");
        }

        Assert.Null(await PublishAsync("publish-compose", folder, Add));
        Assert.Equal("publish-vms publishes one cluster, and the graph has 2 (first, second): give each an app host of its own, or use publish-compose.", await PublishAsync("publish-vms", folder, Add));
        Assert.StartsWith("publish-azure publishes one cluster", await PublishAsync("publish-azure", folder, Add), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_is_no_part_of_the_cluster_does_not_go_to_Azure()
    {
        using var folder = new TemporaryFolder();
        string? failure = await PublishAsync("publish-azure", folder, builder =>
        {
            AddCluster(builder, "postgres");
            builder.AddContainer("cache", "example/cache");
        });

        Assert.Equal("publish-azure publishes the cluster and projects, not the container cache: leave it out when publishing, or use publish-compose.", failure);
    }

    [Fact]
    public async Task A_bind_mount_does_not_go_to_compose()
    {
        using var folder = new TemporaryFolder();
        string? failure = await PublishAsync("publish-compose", folder, builder =>
        {
            AddCluster(builder, "postgres");
            builder.AddContainer("cache", "example/cache").WithBindMount(folder.Path, "/data");
        });

        Assert.Equal($"docker compose cannot take the bind mount {folder.Path} of cache, a path of this machine: give the files with WithContainerFiles, or use a volume.", failure);
    }

    [Theory]
    [InlineData("publish", true)]
    [InlineData("publish-azure", false)]
    public async Task An_environment_that_cannot_hold_a_cluster_is_refused_in_favour_of_one_that_can(string step, bool refused)
    {
        using var folder = new TemporaryFolder();
        string? failure = await PublishAsync(step, folder, builder =>
        {
            AddCluster(builder, "postgres");
            builder.AddResource(new AzureContainerAppEnvironmentResource("apps"));
        });

        Assert.Equal(
            refused
                ? "Azure Container Apps (apps) cannot hold a PostgreSQL cluster, which needs block storage and members with names of their own: take it out of the app host and publish with --step publish-azure."
                : null,
            failure);
    }

    private static IResourceBuilder<HAProxyResource> AddCluster(IDistributedApplicationBuilder builder, string name, string prefix = "", int etcdMembers = 1)
    {
        IResourceBuilder<PatroniClusterResource> cluster = builder.AddPatroniCluster(name, builder.AddEtcd(prefix + "etcd").WithMembers(etcdMembers));
        foreach (int number in Enumerable.Range(1, 3))
        {
            cluster.AddNode($"{prefix}data-node{number}");
        }

        return cluster.AddHAProxy(prefix + "haproxy");
    }

    /// <summary>Runs one step in this process.</summary>
    /// <returns>The sentence of the step that failed, or null.</returns>
    private static async Task<string?> PublishAsync(string step, TemporaryFolder folder, Action<IDistributedApplicationBuilder> add)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--operation", "publish", "--step", step, "--output-path", folder.Path],
            DisableDashboard = true,
        });
        add(builder);
        await using DistributedApplication app = builder.Build();
        var outcome = app.Services.GetRequiredService<PublishOutcome>();
        try
        {
            await app.RunAsync(TestContext.Current.CancellationToken);
            outcome.ThrowIfFailed();
            return null;
        }
        catch (ClusterException failure)
        {
            return failure.Message;
        }
        catch (DistributedApplicationException) when (outcome.HasFailed)
        {
            return Assert.Throws<ClusterException>(outcome.ThrowIfFailed).Message;
        }
    }

    // Has the name of the type in Aspire.Hosting.Azure.AppContainers.
    private sealed class AzureContainerAppEnvironmentResource(string name) : Resource(name);
}
