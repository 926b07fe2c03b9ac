using HaPgAspire.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.UnitTests.Hosting;

/// <summary>What is in the way of a start.</summary>
public sealed class StartupWatchTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_engine_that_stays_unhealthy_is_said_so()
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        IResourceBuilder<EtcdResource> etcd = builder.AddEtcd("etcd");
        IResourceBuilder<PatroniClusterResource> cluster = builder.AddPatroniCluster("postgres", etcd);
        await using DistributedApplication app = builder.Build();
        var watch = new StartupWatch(cluster.Resource, app.ResourceNotifications, app.Services.GetRequiredService<ResourceLoggerService>()) { EngineLimit = TimeSpan.FromMilliseconds(50) };

        await app.ResourceNotifications.PublishUpdateAsync(
            etcd.Resource.Members[0], snapshot => snapshot with { State = KnownResourceStates.RuntimeUnhealthy });

        ClusterException error = await Assert.ThrowsAsync<ClusterException>(() => watch.AwaitHealthyAsync(Cancellation));
        Assert.StartsWith("the container engine was unhealthy for 0.05 s: ", error.Message, StringComparison.Ordinal);
    }
}
