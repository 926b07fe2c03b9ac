using HaPgAspire.LocalHosting.Docker;

namespace HaPgAspire.ClusterTests.LocalDocker;

/// <summary>An engine, and names under which a test creates things on it; all of them are gone when the test ends.</summary>
internal sealed class EngineFixture : IAsyncDisposable
{
    public const string BaseImage = "debian:trixie-slim";

    private readonly List<string> _containers = [];
    private readonly List<string> _networks = [];
    private readonly List<string> _volumes = [];
    private readonly List<string> _directories = [];

    public DockerEngine Engine { get; } = DockerEngine.Connect();

    public string Prefix { get; } = $"hapgtest-{Guid.NewGuid():N}"[..20];

    public Dictionary<string, string> Labels { get; } = new(AppHostIdentity.Current.Labels);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public ContainerSpec Shell(string name, string script) => new()
    {
        Name = $"{Prefix}-{name}",
        Image = BaseImage,
        Entrypoint = "/bin/sh",
        Arguments = ["-c", script],
        Labels = Labels,
    };

    public async Task<string> CreateAsync(ContainerSpec spec)
    {
        var id = await Engine.CreateContainerAsync(spec, Token);
        _containers.Add(id);
        return id;
    }

    public async Task<ContainerStatus> RunAsync(ContainerSpec spec) => await Engine.StartContainerAsync(await CreateAsync(spec), Token);

    public async Task<string> NetworkAsync(string name, IReadOnlyDictionary<string, string>? labels = null)
    {
        _networks.Add($"{Prefix}-{name}");
        await Engine.EnsureNetworkAsync(_networks[^1], labels ?? Labels, Token);
        return _networks[^1];
    }

    public async Task<string> VolumeAsync(string name, IReadOnlyDictionary<string, string>? labels = null)
    {
        _volumes.Add($"{Prefix}-{name}");
        await Engine.EnsureVolumeAsync(_volumes[^1], labels ?? Labels, Token);
        return _volumes[^1];
    }

    public string Context(string dockerfile)
    {
        _directories.Add(Directory.CreateTempSubdirectory("hapgtest-").FullName);
        File.WriteAllText(Path.Combine(_directories[^1], "Dockerfile"), dockerfile);
        return _directories[^1];
    }

    /// <summary>Runs a container to its end.</summary>
    public async Task<(int ExitCode, string Output)> OutputOfAsync(ContainerSpec spec)
    {
        var started = await RunAsync(spec);
        var exitCode = await Engine.WaitForExitAsync(started.Id, Token);
        var lines = new List<string>();
        await foreach (var line in Engine.ReadLogsAsync(started.Id, new LogOptions(), Token))
        {
            lines.Add(line.Text);
        }

        return (exitCode, string.Join('\n', lines));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in _containers)
        {
            await Engine.RemoveContainerAsync(container, CancellationToken.None);
        }

        foreach (var network in _networks)
        {
            await Engine.RemoveNetworkAsync(network, CancellationToken.None);
        }

        foreach (var volume in _volumes)
        {
            await Engine.RemoveVolumeAsync(volume, CancellationToken.None);
        }

        foreach (var directory in _directories)
        {
            Directory.Delete(directory, recursive: true);
        }

        await Engine.DisposeAsync();
    }
}
