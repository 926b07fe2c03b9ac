namespace HaPgAspire.Hosting;

/// <summary>The parameters of a cluster. The superuser has no password: it comes in by the local socket only.</summary>
/// <param name="UserName">The application role.</param>
/// <param name="Password">Its password.</param>
/// <param name="ReplicationPassword">The replication role's password.</param>
/// <param name="RewindPassword">The rewind role's password.</param>
/// <param name="MonitoringPassword">The monitoring role's password.</param>
/// <param name="RestPassword">The password for Patroni's unsafe REST verbs.</param>
/// <param name="EtcdPassword">The password of the cluster's user in etcd.</param>
/// <param name="StatisticsPassword">The password for HAProxy's statistics and metrics.</param>
internal sealed record PatroniClusterSecrets(
    ParameterResource UserName,
    ParameterResource Password,
    ParameterResource ReplicationPassword,
    ParameterResource RewindPassword,
    ParameterResource MonitoringPassword,
    ParameterResource RestPassword,
    ParameterResource EtcdPassword,
    ParameterResource StatisticsPassword)
{
    /// <summary>All that are secret.</summary>
    public IEnumerable<ParameterResource> Passwords => [Password, ReplicationPassword, RewindPassword, MonitoringPassword, RestPassword, EtcdPassword, StatisticsPassword];

    /// <summary>Declares the parameters. Passwords are letters and digits, so that they need no quoting anywhere; generated once and kept in the user secrets.</summary>
    public static PatroniClusterSecrets Create(IDistributedApplicationBuilder builder, string cluster, Func<string> userName)
    {
        return new PatroniClusterSecrets(
            new ParameterResource($"{cluster}-username", _ => userName()),
            Password("password"),
            Password("replication-password"),
            Password("rewind-password"),
            Password("monitoring-password"),
            Password("rest-password"),
            Password("etcd-password"),
            Password("statistics-password"));

        ParameterResource Password(string purpose) =>
            ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{cluster}-{purpose}", special: false, minLower: 1, minUpper: 1, minNumeric: 1);
    }
}
