using System.Diagnostics;

namespace HaPgAspire.ClusterTests.Vms;

/// <summary>What a command said.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public string All => Output + Error;
}

/// <summary>Runs the engine's command-line client.</summary>
internal static class DockerCommand
{
    public static async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await TryAsync(null, cancellationToken, "version")).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public static async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        CommandResult result = await TryAsync(null, cancellationToken, arguments);
        Assert.True(result.ExitCode == 0, $"docker {string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.All}");
        return result.Output.TrimEnd();
    }

    public static async Task<CommandResult> TryAsync(Stream? input, CancellationToken cancellationToken, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("docker", arguments)
            {
                RedirectStandardInput = input is not null,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            if (input is not null)
            {
                await input.CopyToAsync(process.StandardInput.BaseStream, cancellationToken);
                process.StandardInput.Close();
            }

            await process.WaitForExitAsync(cancellationToken);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
