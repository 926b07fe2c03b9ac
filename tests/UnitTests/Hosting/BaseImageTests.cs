using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting;

public sealed class BaseImageTests
{
    [Theory]
    [InlineData("debian:trixie-slim", "trixie")]
    [InlineData("debian:trixie", "trixie")]
    [InlineData("debian:13", null)]
    [InlineData("debian:", null)]
    [InlineData("debian:-slim", null)]
    [InlineData("ubuntu:noble", null)]
    [InlineData("registry.example/debian:trixie", null)]
    public void Only_Debian_s_named_releases_can_be_made_here(string image, string? release) => Assert.Equal(release, BaseImage.ReleaseOf(image));

    [Theory]
    [InlineData("Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock", "may not use it")]
    [InlineData("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", "does not answer")]
    [InlineData("dial unix /run/podman.sock: connect: connection refused", "does not answer")]
    [InlineData("Error: No such image: debian:trixie-slim", null)]
    public void What_the_engine_says_becomes_one_sentence(string error, string? expected)
    {
        if (expected is null)
        {
            Assert.Null(EngineFailure.Describe(error));
        }
        else
        {
            Assert.Contains(expected, EngineFailure.Describe(error), StringComparison.Ordinal);
        }
    }
}
