using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>What <c>patroni-launcher.py</c> beside the Dockerfile changes in Patroni that Patroni has no settings for.</summary>
internal static class PatroniLauncher
{
    /// <summary>The environment for a member's Patroni.</summary>
    /// <param name="options">The cluster's failover options, valid.</param>
    /// <returns>Names and values; none for what is to stay as Patroni has it.</returns>
    public static IReadOnlyDictionary<string, string> Environment(FailoverOptions options)
    {
        var environment = new Dictionary<string, string>();
        if (options.ServerPollMs < FailoverOptions.PatroniServerPollMs)
        {
            environment["CLUSTER_SERVER_POLL_MS"] = options.ServerPollMs.ToString(CultureInfo.InvariantCulture);
        }

        if (options.MemberTimeoutMs < FailoverOptions.PatroniMemberTimeoutMs)
        {
            environment["CLUSTER_MEMBER_TIMEOUT_MS"] = options.MemberTimeoutMs.ToString(CultureInfo.InvariantCulture);
        }

        if (options.RebuildReplicas)
        {
            environment["CLUSTER_REBUILD_REPLICA"] = "1";
        }

        return environment;
    }
}
