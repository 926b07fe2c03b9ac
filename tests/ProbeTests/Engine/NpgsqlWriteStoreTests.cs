using System.Net;
using System.Net.Sockets;
using HaPgAspire.Probe.Verify;
using Npgsql;

namespace HaPgAspire.ProbeTests.Engine;

/// <summary>A member that is not there is told from one that does not answer.</summary>
public sealed class NpgsqlWriteStoreTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_one_at_whose_address_nobody_listens_is_absent(bool listens)
    {
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        if (!listens)
        {
            _listener.Stop();
        }

        var nobody = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=app;Password=none;Timeout=1");
        await using var store = new NpgsqlWriteStore(
            NpgsqlDataSource.Create("Host=127.0.0.1"), [("one", nobody)], Guid.NewGuid(), _ => null);

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.OpenAsync("one", Token));

        Assert.Equal(!listens, failure.IsAbsent);
    }
}
