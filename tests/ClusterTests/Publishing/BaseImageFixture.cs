using HaPgAspire.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

[assembly: AssemblyFixture(typeof(HaPgAspire.ClusterTests.Publishing.BaseImageFixture))]

namespace HaPgAspire.ClusterTests.Publishing;

/// <summary>
/// The image that every image of these tests is built on, there before the first test: on a new machine it would otherwise depend on which test runs first.
/// </summary>
public sealed class BaseImageFixture : IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        var runtime = new ContainerRuntime(new ConfigurationBuilder().AddEnvironmentVariables().Build());
        await new BaseImage(runtime, NullLogger<BaseImage>.Instance).EnsureAsync(new ClusterOptions().BaseImage, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
