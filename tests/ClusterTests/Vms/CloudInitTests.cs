using HaPgAspire.ClusterTests.Cluster;
using HaPgAspire.Hosting.Publishing;
using Npgsql;

namespace HaPgAspire.ClusterTests.Vms;

/// <summary>
/// Machines that install themselves at their first boot, from cloud-init's user data alone: etcd beside each data node, two HAProxy with one shared address.
/// </summary>
[Trait("Category", "Vms")]
[Collection(OwnClusterGroup.Name)]
public sealed class CloudInitTests(OwnedMachines owned) : IClassFixture<OwnedMachines>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 20 * 60 * 1000)]
    public async Task Machines_install_themselves_at_first_boot_and_no_single_loss_closes_the_front_door()
    {
        Machines machines = await owned.CreateAsync(
            network => Machines.OnDebian(
                network,
                $"{network}.30/24",
                ("data-node1", 11, [VmRole.Data, VmRole.Etcd]),
                ("data-node2", 12, [VmRole.Data, VmRole.Etcd]),
                ("data-node3", 13, [VmRole.Data, VmRole.Etcd]),
                ("haproxy1", 31, [VmRole.HAProxy]),
                ("haproxy2", 32, [VmRole.HAProxy])),
            TestContext.Current.CancellationToken);

        await BootAsync(machines);
        string shared = machines.Inventory.VirtualAddress![..machines.Inventory.VirtualAddress!.IndexOf('/', StringComparison.Ordinal)];
        await using NpgsqlDataSource frontDoor = FiveMachinesTests.FrontDoor(machines, shared);
        await using AcknowledgedWrites writes = await AcknowledgedWrites.StartAsync(frontDoor, Token);
        await writes.FlowAsync(5, Token);

        await LosesAProxyAsync(machines, writes, shared);
        await LosesAnEtcdMemberAsync(machines, writes);

        IReadOnlyList<int> lost = await writes.LostAsync(Token);
        Assert.True(lost.Count == 0, $"{lost.Count} of {writes.Count} acknowledged writes are lost");
    }

    private static async Task BootAsync(Machines machines)
    {
        string[] names = [.. machines.Inventory.Machines.Select(machine => machine.Name)];
        foreach (string name in names)
        {
            await machines.SeedAsync(name, Token);
        }

        await Task.WhenAll(names.Select(name => machines.PowerOnAsync(name, Token)));
        foreach (string name in names)
        {
            CommandResult schema = await machines.TryAsync(name, Token, "cloud-init", "schema", "--system");
            Assert.True(schema.ExitCode == 0, schema.All);
            // 2: done, with warnings: a container's host name cannot be set.
            CommandResult status = await machines.TryAsync(name, Token, "cloud-init", "status", "--wait", "--long");
            string log = await machines.RunAsync(name, Token, "cat", "/var/log/cloud-init-output.log");
            Assert.True(status.ExitCode is 0 or 2, $"{name}: {status.All}\n{log}");
            Assert.Contains($"{name}: done, ", log, StringComparison.Ordinal);
        }

        await machines.WholeAsync(Token);
        await machines.VerifyAllAsync(Token);
        foreach (string secret in machines.Secrets.Values)
        {
            CommandResult found = await machines.TryAsync("data-node1", Token, "grep", "-rlF", secret, "/var/log");
            Assert.True(found.ExitCode != 0, $"a password is in {found.Output}");
        }
    }

    // The shared address moves to the other machine when its owner is gone, and back when it is there again.
    private static async Task LosesAProxyAsync(Machines machines, AcknowledgedWrites writes, string shared)
    {
        Assert.Equal("haproxy1", await OwnerAsync(machines, shared));
        await machines.PowerOffAsync("haproxy1", Token);
        await writes.FlowAsync(5, Token);
        Assert.Equal("haproxy2", await OwnerAsync(machines, shared));
        await machines.PowerOnAsync("haproxy1", Token);
        await Machines.AwaitAsync(TimeSpan.FromSeconds(30), () => OwnerAsync(machines, shared), owner => owner == "haproxy1", owner => $"haproxy1 to take {shared} back from {owner}", Token);
        await writes.FlowAsync(5, Token);

        // A HAProxy that is dead on a machine that lives.
        await machines.RunAsync("haproxy1", Token, "systemctl", "stop", "haproxy");
        await writes.FlowAsync(5, Token);
        Assert.Equal("haproxy2", await OwnerAsync(machines, shared));
        await machines.RunAsync("haproxy1", Token, "systemctl", "start", "haproxy");
        await writes.FlowAsync(5, Token);
    }

    private static async Task<string> OwnerAsync(Machines machines, string shared)
    {
        var owners = new List<string>();
        foreach (VmMachine machine in machines.Inventory.With(VmRole.HAProxy))
        {
            if ((await machines.TryAsync(machine.Name, Token, "ip", "-4", "-oneline", "address", "show")).Output.Contains($" {shared}/", StringComparison.Ordinal))
            {
                owners.Add(machine.Name);
            }
        }

        return string.Join(" and ", owners);
    }

    // A machine with a member of etcd and the leader is lost for good; a bare one takes its place.
    private static async Task LosesAnEtcdMemberAsync(Machines machines, AcknowledgedWrites writes)
    {
        string leader = await machines.WholeAsync(Token);
        await machines.PowerOffAsync(leader, Token);
        await writes.FlowAsync(5, Token);
        await machines.WholeAsync([.. machines.DataNodes.Where(name => name != leader)], Token);

        await machines.ReplaceAsync(leader, Token);
        CommandResult installed = await machines.InstallAsync(leader, Token, "--replace");
        Assert.True(installed.ExitCode == 0, installed.All);
        await machines.WholeAsync(Token);
        await machines.VerifyAllAsync(Token);

        string before = await machines.RunAsync(leader, Token, "systemctl", "show", "--property=InvocationID", "etcd", "patroni");
        CommandResult second = await machines.InstallAsync(leader, Token);
        Assert.Contains("done, 0 changes", second.Output, StringComparison.Ordinal);
        await machines.RebootAsync(leader, Token);
        Assert.NotEqual(before, await machines.RunAsync(leader, Token, "systemctl", "show", "--property=InvocationID", "etcd", "patroni"));
        await machines.WholeAsync(Token);
        await machines.VerifyAllAsync(Token);
    }
}
