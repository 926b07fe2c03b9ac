using System.Text.Json.Nodes;
using HaPgAspire.Probe.Cluster;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;

namespace HaPgAspire.Probe.Engine;

/// <summary>What a person may ask the probe to do.</summary>
internal sealed class ProbeActions(
    ProbeService service, ProbeState state, ClusterAddresses addresses, ComponentClient client, ProbeClock clock, ILogger<ProbeActions> logger)
    : IProbeActions
{
    private const int LongestAnswer = 300;

    /// <inheritdoc/>
    public Task<Verification> VerifyAsync(CancellationToken cancellationToken) =>
        service.VerifyAsync(cancellationToken) ?? Task.FromResult(new Verification(
            clock.Now, clock.Now, false, "The probe has not reached its cluster yet.", [], []));

    /// <inheritdoc/>
    public async Task<ActionResult> SwitchoverAsync(string? candidate, CancellationToken cancellationToken)
    {
        var topology = state.Topology;
        if (topology.Leader is not { } leader)
        {
            return new ActionResult(false, "There is no leader at the moment, so there is nothing to switch over from.");
        }

        if (candidate is not null && !topology.Nodes.Any(node => node.Name == candidate && node.Name != leader))
        {
            return new ActionResult(false, $"'{candidate}' is not one of the replicas.");
        }

        var request = new JsonObject { ["leader"] = leader };
        if (candidate is not null)
        {
            request["candidate"] = candidate;
        }

        var member = addresses.Members.First(one => one.Name == leader);
        var result = await AskAsync(new Uri(member.Rest, "switchover"), request.ToJsonString(), cancellationToken);
        ProbeLog.SwitchoverAsked(logger, result.Message);
        return result;
    }

    private async Task<ActionResult> AskAsync(Uri address, string request, CancellationToken cancellationToken)
    {
        try
        {
            var (agreed, answer) = await client.PostAsync(address, request, cancellationToken);
            return new ActionResult(agreed, answer.Length > LongestAnswer ? answer[..LongestAnswer] : answer);
        }
        catch (HttpRequestException)
        {
            return new ActionResult(false, "Patroni did not answer the request.");
        }
    }
}
