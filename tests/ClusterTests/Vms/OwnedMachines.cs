using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.ClusterTests.Vms;

/// <summary>Owns the machines of a test. Not the test itself, which is left behind when its time is over: they go away then, too.</summary>
public sealed class OwnedMachines : IAsyncDisposable
{
    private Machines? _machines;

    /// <summary>Makes the machines of an inventory, with TLS; skips the test where they cannot be had.</summary>
    internal async Task<Machines> CreateAsync(Func<string, VmInventory> inventory, CancellationToken cancellationToken)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && await DockerCommand.AnswersAsync(cancellationToken), "needs a container engine on this machine, and its networks to be reachable");
        return _machines = await Machines.CreateAsync(inventory, new ClusterOptions { Tls = true }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_machines is not null)
        {
            await _machines.DisposeAsync();
        }
    }
}
