using System.Text.Json;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Cluster;

/// <summary>The cluster as the DCS has it, from `GET /cluster`.</summary>
/// <param name="Leader">The holder of the leader lock; null when nobody holds it.</param>
/// <param name="Paused">Maintenance mode.</param>
/// <param name="Members">The members by name.</param>
internal sealed record ClusterReport(
    string? Leader, bool Paused, IReadOnlyDictionary<string, ClusterReport.Member> Members)
{
    /// <summary>One member as the DCS has it.</summary>
    public sealed record Member(NodeRole Role, string? State, int? Timeline, long? Lag);

    /// <summary>Reads Patroni's document.</summary>
    public static ClusterReport Read(JsonElement document)
    {
        var members = new Dictionary<string, Member>();
        string? leader = null;
        if (document.TryGetProperty("members", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in list.EnumerateArray())
            {
                if (Json.Text(element, "name") is not { } name)
                {
                    continue;
                }

                var role = RoleOf(Json.Text(element, "role"));
                leader = role is NodeRole.Leader or NodeRole.StandbyLeader ? name : leader;
                members[name] = new Member(
                    role, Json.Text(element, "state"), (int?)Json.Number(element, "timeline"), Json.Number(element, "lag"));
            }
        }

        return new ClusterReport(
            leader, Json.IsTrue(document, "pause"), members);
    }

    private static NodeRole RoleOf(string? word) => word switch
    {
        "leader" => NodeRole.Leader,
        "standby_leader" => NodeRole.StandbyLeader,
        "sync_standby" => NodeRole.SynchronousStandby,
        "quorum_standby" => NodeRole.QuorumStandby,
        "replica" => NodeRole.Replica,
        _ => NodeRole.Unknown,
    };
}
