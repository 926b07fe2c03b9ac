using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HaPgAspire.Hosting;

/// <summary>
/// Changes to a container's network that the container itself has no right to: made by short-lived containers in its network namespace, from an image
/// with nftables, iptables and Python, and on the engine's own networks.
/// </summary>
internal sealed partial class FaultNetwork(FaultContainers containers, string baseImage)
{
    private const string Image = "hapgaspire-faults";

    /// <summary>The one table that this suite makes, so that removing it removes everything.</summary>
    private const string Table = "inet hapg_faults";

    private Task<string>? _built;

    /// <summary>
    /// Puts rules before everything else that a container receives and sends. Each rule is followed by what happens to the packets that it matches; loopback is
    /// left alone.
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="incoming">nftables' matches for incoming packets; empty: none.</param>
    /// <param name="outgoing">nftables' matches for outgoing packets; empty: none.</param>
    /// <param name="verdict">nftables' verdict, such as <c>drop</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClusterException">The rules were not taken.</exception>
    public Task CutAsync(string container, IEnumerable<string> incoming, IEnumerable<string> outgoing, string verdict, CancellationToken cancellationToken) =>
        RunAsync(container, $"nft -f - <<'RULES'\n{Rules(incoming, outgoing, verdict)}\nRULES", cancellationToken);

    /// <summary>Removes the rules.</summary>
    public Task MendAsync(string container, CancellationToken cancellationToken) =>
        RunAsync(container, $"nft list table {Table} >/dev/null 2>&1 && nft delete table {Table} || true", cancellationToken);

    /// <summary>How many packets the rules have met.</summary>
    public async Task<long> PacketsAsync(string container, CancellationToken cancellationToken) =>
        Packets().Matches(await RunAsync(container, $"nft list table {Table}", cancellationToken))
            .Sum(match => Number(match.Groups[1]));

    /// <summary>A container's addresses on the engine's networks.</summary>
    public async Task<IReadOnlyList<string>> AddressesAsync(string container, CancellationToken cancellationToken) =>
        [.. (await PlacesAsync(container, cancellationToken)).Select(network => network.Address).Where(address => address.Length > 0)];

    /// <summary>The addresses that this machine has on a container's networks: what comes through a published port comes from one of them.</summary>
    public async Task<IReadOnlyList<string>> GatewaysAsync(string container, CancellationToken cancellationToken) =>
        [.. (await PlacesAsync(container, cancellationToken)).Select(network => network.Gateway).Where(address => address.Length > 0)];

    /// <summary>Takes a container off all its networks.</summary>
    /// <returns>What it was on, to be given back to <see cref="ConnectAsync"/>.</returns>
    public async Task<IReadOnlyList<FaultNetworkPlace>> DisconnectAsync(string container, CancellationToken cancellationToken)
    {
        IReadOnlyList<FaultNetworkPlace> places = await PlacesAsync(container, cancellationToken);
        foreach (FaultNetworkPlace place in places)
        {
            await containers.Runtime.RunAsync(["network", "disconnect", place.Network, container], cancellationToken);
        }

        return places;
    }

    /// <summary>Puts a container back on those of its networks that it is not on, under the names that it had.</summary>
    public async Task ConnectAsync(string container, IEnumerable<FaultNetworkPlace> places, CancellationToken cancellationToken)
    {
        IReadOnlyList<FaultNetworkPlace> present = await PlacesAsync(container, cancellationToken);
        foreach (FaultNetworkPlace place in places.ExceptBy(present.Select(one => one.Network), one => one.Network))
        {
            // The engine adds the container's id as an alias by itself.
            IEnumerable<string> aliases = place.Aliases.Where(alias => !container.StartsWith(alias, StringComparison.Ordinal)).SelectMany(alias => new[] { "--alias", alias });
            await containers.Runtime.RunAsync(["network", "connect", .. aliases, place.Network, container], cancellationToken);
        }
    }

    /// <summary>Makes what a container sends late, and loses some of it, for a time (<c>slow-link.py</c>).</summary>
    /// <returns>How many packets were late, and how many were lost.</returns>
    /// <exception cref="FaultNotPossibleException">The kernel lends no packets to a process.</exception>
    /// <exception cref="ClusterException">The engine failed.</exception>
    public async Task<(long Late, long Lost)> SlowDownAsync(string container, TimeSpan delay, int lossPercent, TimeSpan duration, CancellationToken cancellationToken)
    {
        string answer = await RunAsync(
            container,
            string.Create(CultureInfo.InvariantCulture, $"python3 /usr/local/lib/faults/slow-link.py {delay.TotalMilliseconds} {lossPercent} {duration.TotalSeconds} 2>&1 || true"),
            cancellationToken);
        return SlowPackets().Match(answer) is { Success: true } packets
            ? (Number(packets.Groups[1]), Number(packets.Groups[2]))
            : throw new FaultNotPossibleException($"the kernel lends no packets to a process (NFQUEUE): {EngineFailure.LastLine(answer)}");
    }

    /// <summary>The text that nftables is given.</summary>
    internal static string Rules(IEnumerable<string> incoming, IEnumerable<string> outgoing, string verdict) => $$"""
        table {{Table}} {
            chain incoming {
                type filter hook input priority -300; policy accept;
                iif lo accept
        {{string.Join('\n', incoming.Select(match => $"        {match} counter {verdict}"))}}
            }
            chain outgoing {
                type filter hook output priority -300; policy accept;
                oif lo accept
        {{string.Join('\n', outgoing.Select(match => $"        {match} counter {verdict}"))}}
            }
        }
        """;

    /// <summary>Runs a script in a container's network namespace, as root with the right to change it.</summary>
    /// <exception cref="ClusterException">The script failed, or the image cannot be built.</exception>
    public async Task<string> RunAsync(string container, string script, CancellationToken cancellationToken)
    {
        await (_built ??= BuildAsync(cancellationToken));
        return await containers.Runtime.RunAsync(
            ["run", "--rm", "--network", $"container:{container}", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", Image, "/bin/bash", "-euc", script], cancellationToken);
    }

    private Task<string> BuildAsync(CancellationToken cancellationToken) => containers.Runtime.RunAsync(
        ["build", "--quiet", "--target", ClusterImages.FaultsStage, "--build-arg", $"{ClusterImages.BaseImageArgument}={baseImage}", "--tag", Image, ClusterImages.ContextPath],
        cancellationToken);

    /// <summary>Where a container is on the engine's networks.</summary>
    public async Task<IReadOnlyList<FaultNetworkPlace>> PlacesAsync(string container, CancellationToken cancellationToken)
    {
        string json = await containers.Runtime.RunAsync(["inspect", "--type", "container", "--format", "{{json .NetworkSettings.Networks}}", container], cancellationToken);
        using JsonDocument networks = JsonDocument.Parse(json);
        return
        [
            .. networks.RootElement.EnumerateObject().Select(network => new FaultNetworkPlace(
                network.Name,
                network.Value.GetProperty("IPAddress").GetString() ?? string.Empty,
                network.Value.GetProperty("Gateway").GetString() ?? string.Empty,
                network.Value.TryGetProperty("Aliases", out JsonElement aliases) && aliases.ValueKind == JsonValueKind.Array
                    ? [.. aliases.EnumerateArray().Select(alias => alias.GetString()!)]
                    : [])),
        ];
    }

    private static long Number(Group digits) => long.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("counter packets ([0-9]+)")]
    private static partial Regex Packets();

    [GeneratedRegex("^([0-9]+) packets late, ([0-9]+) lost$", RegexOptions.Multiline)]
    private static partial Regex SlowPackets();
}

/// <summary>A container's place on one of the engine's networks.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Address">The container's address there.</param>
/// <param name="Gateway">This machine's address there.</param>
/// <param name="Aliases">The names that others find it by.</param>
internal sealed record FaultNetworkPlace(string Network, string Address, string Gateway, IReadOnlyList<string> Aliases);
