using System.Net;
using System.Net.Sockets;
using System.Text;
using HaPgAspire.Hosting;
using HaPgAspire.UnitTests.HostingModel;

namespace HaPgAspire.UnitTests.Hosting;

public sealed class PatroniClientTests
{
    /// <summary>A node that was started again between two commands: the connection of the first is dead when the second comes.</summary>
    [Fact]
    public async Task A_change_does_not_meet_the_connection_of_an_earlier_one()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task server = AnswerOnceAConnectionAsync(listener, ended.Token);

        (PatroniClusterResource cluster, PatroniNodeResource node) = Cluster(((IPEndPoint)listener.LocalEndpoint).Port);
        using var patroni = new PatroniClient(cluster);
        Assert.Equal("done", await patroni.ReinitializeAsync(node, cancellation));
        Assert.Equal("done", await patroni.ReinitializeAsync(node, cancellation));

        await ended.CancelAsync();
        await server;
    }

    /// <summary>A published port in front of a node that is starting: the engine accepts, finds nobody behind it, and closes.</summary>
    [Fact]
    public async Task A_connection_that_ends_without_an_answer_makes_way_for_another_member_only_where_a_verb_may_be_repeated()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var starting = new TcpListener(IPAddress.Loopback, 0);
        using var running = new TcpListener(IPAddress.Loopback, 0);
        starting.Start();
        running.Start();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] servers = [CloseAtOnceAsync(starting, ended.Token), AnswerOnceAConnectionAsync(running, ended.Token)];
        (PatroniClusterResource cluster, _) = Cluster(((IPEndPoint)starting.LocalEndpoint).Port, ((IPEndPoint)running.LocalEndpoint).Port);

        using var patroni = new PatroniClient(cluster);
        Assert.Equal("done", await patroni.PauseAsync(true, cancellation));
        var unknown = await Assert.ThrowsAsync<ClusterException>(() => patroni.SwitchoverAsync("data-node1", null, cancellation));
        Assert.Contains("data-node1 ended the connection without an answer", unknown.Message, StringComparison.Ordinal);

        await ended.CancelAsync();
        await Task.WhenAll(servers);
    }

    private static (PatroniClusterResource Cluster, PatroniNodeResource First) Cluster(params int[] restPorts)
    {
        IDistributedApplicationBuilder builder = TestApplication.Create();
        builder.Configuration["Parameters:postgres-rest-password"] = "secret";
        IResourceBuilder<PatroniClusterResource> cluster = builder.AddPatroniCluster("postgres", builder.AddEtcd("etcd"));
        foreach ((int index, int port) in restPorts.Index())
        {
            EndpointAnnotation rest = cluster.AddNode($"data-node{index + 1}").Resource.Annotations.OfType<EndpointAnnotation>().Single(endpoint => endpoint.Name == "rest");
            rest.AllocatedEndpoint = new AllocatedEndpoint(rest, "127.0.0.1", port);
        }

        return (cluster.Resource, cluster.Resource.Nodes[0]);
    }

    private static async Task CloseAtOnceAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                (await listener.AcceptSocketAsync(cancellationToken)).Dispose();
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task AnswerOnceAConnectionAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        var kept = new List<Task>();
        try
        {
            while (true)
            {
                kept.Add(ServeAsync(await listener.AcceptSocketAsync(cancellationToken), cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(kept);
        }
    }

    private static async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        using (socket)
        {
            // Closing then resets the connection.
            socket.LingerState = new LingerOption(true, 0);
            var buffer = new byte[4096];
            var request = new StringBuilder();
            while (!request.ToString().EndsWith('}'))
            {
                int read = await ReadAsync(socket, buffer, cancellationToken);
                if (read == 0)
                {
                    return;
                }

                request.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }

            await socket.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"), cancellationToken);

            // Kept open as far as the client can see, until it sends something on it again.
            await ReadAsync(socket, buffer, cancellationToken);
        }
    }

    private static async Task<int> ReadAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            return 0;
        }
    }
}
