using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.ClusterTests.LocalDocker;

[Trait("Category", "Engine")]
public sealed class ImageTests : IAsyncDisposable
{
    private readonly EngineFixture _fixture = new();

    private static CancellationToken Token => EngineFixture.Token;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    private ImageBuild Build(string directory, string repository) => new() { Repository = $"{_fixture.Prefix}-{repository}", ContextDirectory = directory };

    [Fact]
    public async Task An_image_that_is_there_is_not_pulled()
    {
        var image = await _fixture.Engine.EnsureImageAsync(new RegistryImage(EngineFixture.BaseImage), line => Assert.Fail(line), Token);

        Assert.Equal((EngineFixture.BaseImage, ImageOutcome.AlreadyThere), (image.Reference, image.Outcome));
    }

    [Fact]
    public async Task An_image_that_cannot_be_had_is_one_clear_sentence()
    {
        // Nothing listens there, so the pull fails at once on any machine.
        var missing = await Assert.ThrowsAsync<ImageUnavailableException>(
            () => _fixture.Engine.EnsureImageAsync(new RegistryImage("127.0.0.1:1/hapgtest/none"), null, Token));

        Assert.Equal("127.0.0.1:1/hapgtest/none:latest", missing.Image);
        Assert.StartsWith("Image '127.0.0.1:1/hapgtest/none:latest' is not on this machine and cannot be pulled (", missing.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', missing.Message);

        var directory = _fixture.Context("FROM 127.0.0.1:1/hapgtest/none\n");
        var missingBase = await Assert.ThrowsAsync<ImageUnavailableException>(() => _fixture.Engine.EnsureImageAsync(Build(directory, "built"), null, Token));
        Assert.Contains($"which image '{_fixture.Prefix}-built' is built on", missingBase.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unchanged_image_is_built_once_even_when_asked_for_twice_at_once()
    {
        var directory = _fixture.Context($"""
            FROM {EngineFixture.BaseImage} AS first
            ARG WORD=nothing
            RUN echo "building $WORD {_fixture.Prefix}" && echo $WORD > /word
            FROM first AS second
            COPY payload /payload
            """);
        await File.WriteAllTextAsync(Path.Combine(directory, "payload"), "one", Token);
        var build = Build(directory, "a") with { BuildArguments = new Dictionary<string, string> { ["WORD"] = "given" } };
        var lines = new List<string>();
        Action<string> progress = line =>
        {
            lock (lines)
            {
                lines.Add(line);
            }
        };

        var images = await Task.WhenAll(
            _fixture.Engine.EnsureImageAsync(build, progress, Token),
            _fixture.Engine.EnsureImageAsync(build with { Repository = $"{_fixture.Prefix}-b" }, null, Token));

        try
        {
            Assert.Equal(images[0].Id, images[1].Id);
            Assert.NotEqual(images[0].Reference, images[1].Reference);
            Assert.Equal(1, lines.Count(line => line == $"building given {_fixture.Prefix}"));
            var (_, output) = await _fixture.OutputOfAsync(_fixture.Shell("run", "cat /word /payload") with { Image = images[0].Reference });
            Assert.Equal("given\none", output);

            Assert.Equal(
                new EnsuredImage(images[0].Reference, images[0].Id, ImageOutcome.AlreadyThere),
                await _fixture.Engine.EnsureImageAsync(build, line => Assert.Fail(line), Token));

            // The first stage doesn't hold the payload, so it is another image; so is the second one with another payload.
            await File.WriteAllTextAsync(Path.Combine(directory, "payload"), "two", Token);
            var changed = await _fixture.Engine.EnsureImageAsync(build, null, Token);
            images = [.. images, changed];
            Assert.Equal(ImageOutcome.Built, changed.Outcome);
            Assert.NotEqual(images[0].Id, changed.Id);
        }
        finally
        {
            await RemoveAsync(images);
        }
    }

    [Fact]
    public async Task A_failed_build_ends_with_its_last_lines()
    {
        var directory = _fixture.Context($"""
            FROM {EngineFixture.BaseImage}
            RUN i=0; while [ $i -lt 40 ]; do echo "step $i"; i=$((i+1)); done; echo "E: no such package" >&2; exit 100
            """);

        var lines = new List<string>();
        var failed = await Assert.ThrowsAsync<ImageBuildException>(() => _fixture.Engine.EnsureImageAsync(Build(directory, "bad"), lines.Add, Token));

        // The order of standard output and error is the engine's affair.
        Assert.Contains("E: no such package", lines);
        Assert.Contains("step 39", lines);
        Assert.Equal(15, failed.LastLines.Count);
        Assert.Equal(lines.TakeLast(15), failed.LastLines);
        Assert.StartsWith($"Building image '{_fixture.Prefix}-bad' failed: ", failed.Message, StringComparison.Ordinal);
        Assert.Contains("100", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', failed.Message);
    }

    [Fact]
    public async Task A_Dockerfile_that_cannot_be_parsed_is_a_failed_build()
    {
        var directory = _fixture.Context($"FROM {EngineFixture.BaseImage}\nRUNN true\n");

        var failed = await Assert.ThrowsAsync<ImageBuildException>(() => _fixture.Engine.EnsureImageAsync(Build(directory, "bad"), null, Token));

        Assert.Contains("RUNN", failed.Message, StringComparison.Ordinal);
    }

    private static async Task RemoveAsync(IEnumerable<EnsuredImage> images)
    {
        using var docker = new global::Docker.DotNet.DockerClientBuilder().Build();
        foreach (var reference in images.Select(image => image.Reference).Distinct())
        {
            try
            {
                await docker.Images.DeleteImageAsync(reference, new() { Force = true }, CancellationToken.None);
            }
            catch (global::Docker.DotNet.DockerImageNotFoundException)
            {
                // Podman removes all names of an image with the first.
                continue;
            }
        }
    }
}
