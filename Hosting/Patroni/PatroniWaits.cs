using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>The waits of Patroni that it has no settings for, as <c>patroni-launcher.py</c> beside the Dockerfile reads them.</summary>
public static class PatroniWaits
{
    /// <summary>The environment for a member's Patroni.</summary>
    /// <param name="options">The cluster's failover options, valid.</param>
    /// <returns>Names and values; none for a wait that is to stay Patroni's own.</returns>
    public static IReadOnlyDictionary<string, string> Environment(FailoverOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var environment = new Dictionary<string, string>();
        if (options.ServerPollMs < FailoverOptions.PatroniServerPollMs)
        {
            environment["CLUSTER_SERVER_POLL_MS"] = options.ServerPollMs.ToString(CultureInfo.InvariantCulture);
        }

        if (options.MemberTimeoutMs < FailoverOptions.PatroniMemberTimeoutMs)
        {
            environment["CLUSTER_MEMBER_TIMEOUT_MS"] = options.MemberTimeoutMs.ToString(CultureInfo.InvariantCulture);
        }

        return environment;
    }
}
