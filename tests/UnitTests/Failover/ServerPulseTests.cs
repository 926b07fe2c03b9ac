using System.Net;
using System.Net.Sockets;
using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Failover;

public sealed class ServerPulseTests : IDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ServerPulseTests() => _server.Start();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task A_server_that_answers_beats()
    {
        Task<bool> beats = BeatsAsync(TimeSpan.FromSeconds(30));
        using TcpClient asked = await _server.AcceptTcpClientAsync(Token);
        byte[] question = new byte[8];
        await asked.GetStream().ReadExactlyAsync(question, Token);
        Assert.Equal(80_877_104, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(question.AsSpan(4)));
        await asked.GetStream().WriteAsync("N"u8.ToArray(), Token);
        Assert.True(await beats);
    }

    [Fact]
    public async Task One_that_takes_the_connection_and_says_nothing_does_not() => Assert.False(await BeatsAsync(TimeSpan.FromMilliseconds(200)));

    [Fact]
    public async Task A_connection_that_is_ended_or_refused_is_an_answer()
    {
        Task<bool> beats = BeatsAsync(TimeSpan.FromSeconds(30));
        (await _server.AcceptTcpClientAsync(Token)).Dispose();
        Assert.True(await beats);

        int port = Port;
        _server.Stop();
        Assert.True(await ServerPulse.IsBeatingAsync("127.0.0.1", port, TimeSpan.FromSeconds(30), Token));
    }

    private int Port => ((IPEndPoint)_server.LocalEndpoint).Port;

    private Task<bool> BeatsAsync(TimeSpan within) => ServerPulse.IsBeatingAsync("127.0.0.1", Port, within, Token);
}
