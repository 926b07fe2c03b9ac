using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.UnitTests.LocalDocker;

public sealed class ContainerRunOptionsTests
{
    [Fact]
    public void Values_may_be_attached_or_follow()
    {
        var options = ContainerRunOptions.Parse(
        [
            "--cap-drop", "ALL", "--cap-drop=NET_RAW", "--cap-add", "NET_ADMIN", "--security-opt", "no-new-privileges", "--read-only",
            "--tmpfs", "/tmp", "--tmpfs=/run:size=16m,mode=1777", "--shm-size", "256m", "--stop-timeout=30", "--restart", "on-failure:3",
            "--init", "--ulimit", "nofile=1024:2048", "--ulimit=core=-1", "--memory", "1g", "--hostname", "node", "--user=101:103",
            "--add-host", "host.docker.internal:host-gateway", "--sysctl", "net.ipv4.tcp_keepalive_time=60", "--cpus", "1.5",
            "--pids-limit", "100", "--stop-signal", "SIGINT",
        ]);

        Assert.Equal(["ALL", "NET_RAW"], options.CapDrop);
        Assert.Equal(["NET_ADMIN"], options.CapAdd);
        Assert.Equal(["no-new-privileges"], options.SecurityOptions);
        Assert.True(options.ReadOnly);
        Assert.True(options.Init);
        Assert.Equal(new Dictionary<string, string> { ["/tmp"] = "", ["/run"] = "size=16m,mode=1777" }, options.Tmpfs);
        Assert.Equal(256L << 20, options.SharedMemory);
        Assert.Equal(1L << 30, options.Memory);
        Assert.Equal(TimeSpan.FromSeconds(30), options.StopTimeout);
        Assert.Equal(new RestartOption("on-failure", 3), options.Restart);
        Assert.Equal([new UlimitOption("nofile", 1024, 2048), new UlimitOption("core", -1, -1)], options.Ulimits);
        Assert.Equal("node", options.Hostname);
        Assert.Equal("101:103", options.User);
        Assert.Equal(["host.docker.internal:host-gateway"], options.ExtraHosts);
        Assert.Equal("60", options.Sysctls["net.ipv4.tcp_keepalive_time"]);
        Assert.Equal(1_500_000_000, options.NanoCpus);
        Assert.Equal(100, options.ProcessLimit);
        Assert.Equal("SIGINT", options.StopSignal);
    }

    [Fact]
    public void An_unknown_argument_is_named_with_those_that_are_known()
    {
        var message = Assert.Throws<EngineException>(() => ContainerRunOptions.Parse(["--cap-drop", "ALL", "--privileged"])).Message;

        Assert.StartsWith("Container runtime argument '--privileged' is not supported; supported are --add-host, --cap-add, ", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'--cap-drop' needs a value", "--init", "--cap-drop")]
    [InlineData("'--shm-size' cannot be 'much'; expected a size such as 64m or 1g", "--shm-size", "much")]
    [InlineData("'--memory' cannot be '0'", "--memory=0")]
    [InlineData("'--memory' cannot be '99999999999g'", "--memory=99999999999g")]
    [InlineData("'--restart' cannot be 'sometimes'", "--restart", "sometimes")]
    [InlineData("'--restart' cannot be 'always:3'", "--restart", "always:3")]
    [InlineData("'--stop-timeout' cannot be '-1'", "--stop-timeout", "-1")]
    [InlineData("'--ulimit' cannot be '1024'", "--ulimit", "1024")]
    [InlineData("'--read-only' cannot be 'maybe'", "--read-only=maybe")]
    [InlineData("'--sysctl' cannot be 'alone'; expected name=value", "--sysctl", "alone")]
    [InlineData("'--cpus' cannot be '0'", "--cpus", "0")]
    public void A_value_that_cannot_be_used_is_named(string expected, params string[] arguments)
    {
        var message = Assert.Throws<EngineException>(() => ContainerRunOptions.Parse(arguments)).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_may_be_switched_off() => Assert.False(ContainerRunOptions.Parse(["--read-only=false"]).ReadOnly);
}
