using System.ComponentModel;
using System.Diagnostics;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing.Vms;

/// <summary>The published files before the judges that the machines have, where this machine has them too.</summary>
public sealed class VmValidatorTests
{
    private static readonly string[] OneOfEachKind = ["db1", "door1"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ShellCheck_finds_nothing_in_the_scripts()
    {
        using TemporaryFolder folder = await PublishAsync(VmSample.Everything);
        // The other machines have the same.
        string[] scripts =
        [
            folder["deploy.sh"],
            .. OneOfEachKind
                .SelectMany(machine => Directory.EnumerateFiles(folder[$"machines/{machine}"], "*", SearchOption.AllDirectories))
                .Where(IsScript)
                .DistinctBy(File.ReadAllText),
        ];
        Assert.Equal(
            ["check-front-door", "deploy.sh", "find-interface", "hapg", "install.sh", "patroni-node", "post-bootstrap", "uninstall.sh", "verify.sh"],
            scripts.Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        await AcceptsAsync("shellcheck", ["--external-sources", .. scripts]);
    }

    [Fact]
    public async Task HAProxy_accepts_its_configuration()
    {
        using TemporaryFolder folder = await PublishAsync(VmSample.Everything);
        string configuration = folder["haproxy.cfg"];
        // The directory of the administrator's socket is made by systemd.
        string text = await File.ReadAllTextAsync(folder["machines/door1/installer/files/etc/haproxy/haproxy.cfg"], Token);
        await File.WriteAllTextAsync(configuration, text.Replace("/run/haproxy/", folder.Path + "/", StringComparison.Ordinal), Token);
        await AcceptsAsync("haproxy", "-c", "-f", configuration);
    }

    [Fact]
    public async Task Cloud_init_accepts_the_user_data()
    {
        using TemporaryFolder folder = await PublishAsync(VmSample.Everything);
        foreach (VmMachine machine in VmSample.Everything.Machines)
        {
            await AcceptsAsync("cloud-init", "schema", "--config-file", folder[$"machines/{machine.Name}/user-data"]);
        }
    }

    [Fact]
    public async Task Systemd_accepts_the_units()
    {
        using TemporaryFolder folder = await PublishAsync(VmSample.Everything);
        foreach (string unit in new[] { "patroni.service", "etcd.service", "hapg-firewall.service", "hapg-watchdog.service" })
        {
            // Its programs are on the machines only.
            string text = await File.ReadAllTextAsync(folder[$"machines/db1/installer/files/etc/systemd/system/{unit}"], Token);
            await File.WriteAllTextAsync(folder[unit], text.Replace("=/usr/bin/etcd ", "=/bin/true ", StringComparison.Ordinal).Replace("/usr/sbin/nft ", "/bin/true ", StringComparison.Ordinal), Token);
        }

        await AcceptsAsync("systemd-analyze", "verify", folder["patroni.service"], folder["etcd.service"], folder["hapg-firewall.service"], folder["hapg-watchdog.service"]);
    }

    private static bool IsScript(string path)
    {
        using var reader = new StreamReader(path);
        return reader.ReadLine() is { } line && line.StartsWith("#!", StringComparison.Ordinal) && line.EndsWith("bash", StringComparison.Ordinal);
    }

    private static async Task<TemporaryFolder> PublishAsync(VmInventory inventory)
    {
        var folder = new TemporaryFolder();
        await VmPublisher.PublishAsync(VmSample.Cluster, inventory, generateSecrets: true, folder.Path, Token);
        return folder;
    }

    private static async Task AcceptsAsync(string judge, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(judge, arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{judge} is not installed here");
        }

        Task<string> output = process.StandardOutput.ReadToEndAsync(Token);
        Task<string> error = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, $"{judge}: exit code {process.ExitCode}\n{await output}{await error}");
    }
}
