using System.Collections;
using System.Collections.Concurrent;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>An endpoint's allocation on one network.</summary>
public record NetworkEndpointSnapshot(ValueSnapshot<AllocatedEndpoint> Snapshot, NetworkIdentifier NetworkID);

/// <summary>An endpoint's allocations, one per network.</summary>
public class NetworkEndpointSnapshotList : IEnumerable<NetworkEndpointSnapshot>
{
    private readonly ConcurrentDictionary<NetworkIdentifier, NetworkEndpointSnapshot> _snapshots = new();

    public void AddOrUpdateAllocatedEndpoint(NetworkIdentifier networkId, AllocatedEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (endpoint.NetworkID != networkId)
        {
            throw new ArgumentException("The allocated endpoint is on another network.", nameof(endpoint));
        }

        For(networkId).Snapshot.SetValue(endpoint);
    }

    public Task<AllocatedEndpoint> GetAllocatedEndpointAsync(NetworkIdentifier networkId, CancellationToken cancellationToken = default) =>
        For(networkId).Snapshot.GetValueAsync(cancellationToken);

    public IEnumerator<NetworkEndpointSnapshot> GetEnumerator() => _snapshots.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal NetworkEndpointSnapshot For(NetworkIdentifier networkId) =>
        _snapshots.GetOrAdd(networkId, static id => new NetworkEndpointSnapshot(new ValueSnapshot<AllocatedEndpoint>(), id));
}
