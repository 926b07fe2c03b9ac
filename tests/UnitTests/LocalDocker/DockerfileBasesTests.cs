using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.UnitTests.LocalDocker;

public sealed class DockerfileBasesTests
{
    private const string Dockerfile = """
        # syntax comment
        ARG TAG=trixie-slim
        ARG EMPTY
        FROM --platform=linux/amd64 debian:${TAG} AS base
        ARG TAG=inside
        RUN true \
            && FROM nothing
        FROM base AS etcd
        COPY --chown=0:0 --from=docker.io/library/busybox:1 /bin/busybox /bin/
        FROM ${EMPTY:-scratch} AS empty
        COPY --from=0 / /
        from base as patroni
        FROM alpine:$UNKNOWN AS unresolved
        """;

    private static readonly Dictionary<string, string> None = [];

    [Fact]
    public void Images_from_outside_are_found() =>
        Assert.Equal(["debian:trixie-slim", "docker.io/library/busybox:1"], DockerfileBases.Find(Dockerfile, null, None));

    [Fact]
    public void Stages_after_the_target_do_not_count()
    {
        Assert.Equal(["debian:trixie-slim"], DockerfileBases.Find(Dockerfile, "base", None));
        Assert.Equal(["debian:trixie-slim"], DockerfileBases.Find(Dockerfile, "0", None));
        Assert.Equal(["debian:trixie-slim", "docker.io/library/busybox:1"], DockerfileBases.Find(Dockerfile, "etcd", None));
    }

    [Fact]
    public void Build_arguments_decide() =>
        Assert.Equal(["debian:sid", "docker.io/library/busybox:1"], DockerfileBases.Find(Dockerfile, null, new Dictionary<string, string> { ["TAG"] = "sid" }));
}
