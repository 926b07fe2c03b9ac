using System.Diagnostics;
using System.Globalization;
using System.Security.Authentication;
using HaPgAspire.ClusterTests.Cluster;
using HaPgAspire.Hosting;
using Npgsql;

namespace HaPgAspire.ClusterTests.Security;

[Collection(TlsCluster.Name)]
[Trait("Category", "Engine")]
public sealed class RotationTests(TlsCluster shared)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private TestCluster Cluster => shared.Cluster;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Certificates_change_on_every_port_while_a_client_of_the_front_door_goes_on_writing()
    {
        string leader = await Cluster.AwaitWholeAsync(Cancellation);
        string appdb = await Cluster.ConnectionStringAsync("appdb", Cancellation);
        await TestCluster.QueryAsync(appdb, "CREATE TABLE IF NOT EXISTS rotation (id bigint)", Cancellation);
        Dictionary<string, string> before = await SerialNumbersAsync();
        string client = await File.ReadAllTextAsync(shared.Client, Cancellation);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<(int Written, int Failed, TimeSpan LongestGap)> writer = WriteAsync(appdb, stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        await Cluster.ExecuteAsync("postgres", "rotate-certificates", Cancellation);

        // PostgreSQL and HAProxy read their files in the background.
        Dictionary<string, string> after;
        var elapsed = Stopwatch.StartNew();
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), Cancellation);
            after = await SerialNumbersAsync();
        }
        while (after.Any(port => before[port.Key] == port.Value) && elapsed.Elapsed < TimeSpan.FromSeconds(30));
        await Task.Delay(TimeSpan.FromSeconds(2), Cancellation);
        await stop.CancelAsync();

        Assert.All(after, port => Assert.NotEqual(before[port.Key], port.Value));
        Assert.NotEqual(client, await File.ReadAllTextAsync(shared.Client, Cancellation));
        (int written, int failed, TimeSpan longestGap) = await writer;
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture, $"{written} writes, {failed} failed, longest gap {longestGap.TotalMilliseconds:0} ms, {after.Count} ports"));
        Assert.True(written > 50, $"Only {written} writes: the rotation was not watched.");
        Assert.Equal(0, failed);
        Assert.Equal((long)written, await TestCluster.QueryAsync(appdb, "SELECT count(DISTINCT id) FROM rotation", Cancellation));
        Assert.Equal(leader, await Cluster.AwaitWholeAsync(Cancellation));

        // The new certificates are good for everything that comes after.
        await Cluster.SwitchoverAsync(leader, Cancellation);
        Assert.NotEqual(leader, await Cluster.AwaitWholeAsync(Cancellation));
    }

    private static async Task<(int Written, int Failed, TimeSpan LongestGap)> WriteAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        (int written, int failed, TimeSpan longest) = (0, 0, TimeSpan.Zero);
        var since = Stopwatch.StartNew();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using NpgsqlCommand command = source.CreateCommand("INSERT INTO rotation VALUES ($1)");
                command.Parameters.AddWithValue((long)written);
                await command.ExecuteNonQueryAsync(CancellationToken.None);
                written++;
                longest = since.Elapsed > longest ? since.Elapsed : longest;
                since.Restart();
            }
            catch (NpgsqlException)
            {
                failed++;
            }

            await Task.Delay(Pause, CancellationToken.None);
        }

        return (written, failed, longest);
    }

    // etcd's peer port is not published; it shows the file that the client port shows.
    private async Task<Dictionary<string, string>> SerialNumbersAsync()
    {
        var numbers = new Dictionary<string, string>();
        foreach (PatroniNodeResource node in Cluster.Resource.Nodes)
        {
            numbers[$"{node.Name} 5432"] = await SerialNumberAsync(node.Name, "postgres", postgres: true, client: null);
            numbers[$"{node.Name} 8008"] = await SerialNumberAsync(node.Name, "rest", postgres: false, client: null);
        }

        numbers["haproxy 5000"] = await SerialNumberAsync("haproxy", "tcp", postgres: true, client: null);
        numbers["haproxy 5001"] = await SerialNumberAsync("haproxy", "read-only", postgres: true, client: null);
        numbers["haproxy 7000"] = await SerialNumberAsync("haproxy", "statistics", postgres: false, client: null);
        numbers["etcd 2379"] = await SerialNumberAsync("etcd", "client", postgres: false, shared.Client);
        return numbers;
    }

    private async Task<string> SerialNumberAsync(string resource, string endpoint, bool postgres, string? client)
    {
        Uri address = Cluster.Endpoint(resource, endpoint);
        var elapsed = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var certificate = await TlsPort.ConnectAsync(address.Host, address.Port, postgres, shared.Authority, client, SslProtocols.None, Cancellation);
                return certificate.SerialNumber;
            }
            catch (Exception reopening) when (reopening is IOException or System.Net.Sockets.SocketException && elapsed.Elapsed < TimeSpan.FromSeconds(60))
            {
                // Patroni closes its port for a moment, and HAProxy's new worker sends nobody on before it has checked the members.
                await Task.Delay(Pause, Cancellation);
            }
        }
    }
}
