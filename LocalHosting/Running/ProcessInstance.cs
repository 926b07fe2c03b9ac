using System.Diagnostics;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>A process of this machine: a project's built assembly, or an executable.</summary>
internal sealed class ProcessInstance(IResource resource, RunContext run) : ResourceInstance(resource, run)
{
    /// <summary>How long a process may take to end after SIGTERM: a host's own shutdown limit is 30 s, but nothing here keeps requests open.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long the rest of an ended process's output is waited for; a grandchild may hold the pipe open.</summary>
    private static readonly TimeSpan OutputTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The app host's own, which must not reach the projects.</summary>
    private static readonly string[] NotInherited =
    [
        "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS", "DOTNET_LAUNCH_PROFILE", "MSBuildSDKsPath", "MSBUILD_EXE_PATH", "MSBuildExtensionsPath",
    ];

    private Process? _process;
    private string? _group;

    protected override string EndedState => KnownResourceStates.Finished;

    public override async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            Kill(process);
            process.Dispose();
        }

        await base.DisposeAsync();
    }

    protected override async Task<Task<int?>> LaunchAsync(CancellationToken cancellationToken)
    {
        var start = Command();
        foreach (var argument in await Run.ArgumentsAsync(Resource, cancellationToken))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in NotInherited)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in await Run.EnvironmentAsync(Resource, cancellationToken))
        {
            start.Environment[name] = value;
        }

        OwnedProcesses.Mark(start, _group = Guid.NewGuid().ToString());
        _process?.Dispose();
        var process = _process = Process.Start(start) ?? throw new DistributedApplicationException($"The process of '{Resource.Name}' did not start.");
        process.StandardInput.Close();
        await Run.Notifications.PublishUpdateAsync(Resource, s => s with
        {
            CreationTimeStamp = DateTime.UtcNow,
            Properties = s.Properties
                .With("project.path", Resource.Annotations.OfType<IProjectMetadata>().LastOrDefault()?.ProjectPath)
                .With("executable.path", start.FileName)
                .With("executable.workDir", start.WorkingDirectory)
                .With("executable.pid", process.Id),
        });
        return WaitForExitAsync(process);
    }

    protected override async Task TerminateAsync(CancellationToken cancellationToken)
    {
        if (_process is not { } process)
        {
            return;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StopTimeout);
        try
        {
            OwnedProcesses.Terminate(process);
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Log.Append($"The process did not end within {StopTimeout.TotalSeconds:0} s and was killed.", isError: true);
        }
        finally
        {
            Kill(process);
        }
    }

    private ProcessStartInfo Command()
    {
        var start = new ProcessStartInfo
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (Resource is ExecutableResource executable)
        {
            start.FileName = executable.Command;
            start.WorkingDirectory = executable.WorkingDirectory;
            return start;
        }

        var project = ((ProjectResource)Resource).GetProjectMetadata();
        var assembly = (project as IBuiltProjectMetadata)?.TargetPath;
        if (!File.Exists(assembly))
        {
            throw new DistributedApplicationException($"Project '{project.ProjectPath}' has not been built{(assembly is null ? string.Empty : $": there is no '{assembly}'")}.");
        }

        start.FileName = DotNetHost();
        start.ArgumentList.Add(assembly);
        start.WorkingDirectory = Path.GetDirectoryName(project.ProjectPath)!;
        return start;
    }

    private async Task<int?> WaitForExitAsync(Process process)
    {
        var output = Task.WhenAll(FollowAsync(process.StandardOutput, isError: false), FollowAsync(process.StandardError, isError: true));
        await process.WaitForExitAsync();
        await Task.WhenAny(output, Task.Delay(OutputTimeout));
        return process.ExitCode;
    }

    private async Task FollowAsync(StreamReader reader, bool isError)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                Log.Append(line, isError);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            Log.Append($"The process's output ends here: {exception.Message}", isError: true);
        }
    }

    private void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (InvalidOperationException)
        {
            // It ended in between.
        }

        // What the process started may have outlived it.
        if (_group is { } group)
        {
            OwnedProcesses.KillGroup(group);
        }
    }

    /// <summary>The dotnet that runs the app host, else the one on the path.</summary>
    private static string DotNetHost()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH"),
            Path.GetFileName(Environment.ProcessPath) == name ? Environment.ProcessPath : null,
            Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name)),
        ];
        return candidates.FirstOrDefault(File.Exists) ?? name;
    }
}
