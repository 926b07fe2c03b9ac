using HaPgAspire.ClusterTests.Cluster;
using Npgsql;

namespace HaPgAspire.ClusterTests.Security;

/// <summary>
/// One running cluster with TLS. It has the patient profile, and its probe runs only for the test that asks it: on a starved machine a handshake takes longer
/// than the fast profile gives a check, and the probe's reconnections after a failover leave no time for others'. What is tested here is who is let in, not
/// how quickly.
/// </summary>
public sealed class TlsCluster : IAsyncLifetime
{
    public const string Name = "A running cluster with TLS";

    public TestCluster Cluster { get; private set; } = null!;

    /// <summary>The folder with what clients on this machine need.</summary>
    public string Directory { get; private set; } = null!;

    public string Authority => Path.Combine(Directory, "ca.crt");

    public string Client => Path.Combine(Directory, "client.pem");

    public async ValueTask InitializeAsync()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        Cluster = await TestCluster.StartAsync(cancellationToken, "--Cluster:Tls=true", "--Cluster:Profile=Seed", "--Cluster:LoopWait=2", "--Cluster:Postgres:ImmediateCheckpointForBackup=true");
        var settings = new NpgsqlConnectionStringBuilder(await Cluster.ConnectionStringAsync("appdb", cancellationToken));
        Directory = Path.GetDirectoryName(settings.RootCertificate)!;
        await Cluster.StopProbeAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
            Assert.False(System.IO.Directory.Exists(Directory), "The clients' certificates outlived the run.");
        }
    }

    /// <summary>The id of a resource's container.</summary>
    public async Task<string> ContainerAsync(string resource, CancellationToken cancellationToken) => TestCluster.Property(
        await Cluster.AwaitAsync(resource, change => TestCluster.Property(change, "container.id") is not null && change.Snapshot.State?.Text == KnownResourceStates.Running, cancellationToken),
        "container.id")!;

    /// <summary>Runs a Python program in a data node's container, with the node's own certificates at hand.</summary>
    public async Task<(int ExitCode, string Output, string Error)> PythonAsync(string node, string program, CancellationToken cancellationToken) =>
        await Engine.RunAsync(Engine.Command, ["exec", await ContainerAsync(node, cancellationToken), "python3", "-c", program], null, cancellationToken);
}

[CollectionDefinition(TlsCluster.Name, DisableParallelization = true)]
public sealed class TlsClusterGroup : ICollectionFixture<TlsCluster>;
