namespace HaPgAspire.Hosting;

/// <summary>Who may log in to PostgreSQL, from where and how (<c>pg_hba.conf</c>), first match wins.</summary>
public static class PatroniAccessRules
{
    /// <summary>
    /// The lines for one member: the superuser through the local socket only; each of the cluster's roles only to what it needs; applications with
    /// scram-sha-256 from the given networks.
    /// </summary>
    /// <param name="networks">
    /// The networks that members, HAProxy and the monitoring connect from, as PostgreSQL writes them: <c>samenet</c>, or <c>10.0.0.0/24</c>.
    /// </param>
    /// <param name="tls">Whether only encrypted connections are let in.</param>
    /// <returns>The lines of the file.</returns>
    public static IReadOnlyList<string> For(IReadOnlyList<string> networks, bool tls = false)
    {
        ArgumentNullException.ThrowIfNull(networks);
        string host = tls ? "hostssl" : "host";
        var lines = new List<string>
        {
            $"local all {PostgresOptions.Superuser} peer",
            "local all all scram-sha-256",
            $"host all {PostgresOptions.Superuser} all reject",
        };
        // Patroni opens a replication connection to its own server on every loop: by TCP, with TLS by the socket.
        if (tls)
        {
            lines.Add($"local replication {PostgresOptions.ReplicationRole} scram-sha-256");
        }

        foreach (string network in tls ? networks : networks.Prepend("127.0.0.1/32"))
        {
            lines.Add($"{host} replication {PostgresOptions.ReplicationRole} {network} scram-sha-256");
        }

        lines.Add("host replication all all reject");
        lines.Add($"host all {PostgresOptions.ReplicationRole} all reject");
        foreach (string network in networks)
        {
            lines.Add($"{host} {PostgresOptions.Superuser} {PostgresOptions.RewindRole} {network} scram-sha-256");
        }

        lines.Add($"host all {PostgresOptions.RewindRole} all reject");
        foreach (string network in networks)
        {
            lines.Add($"{host} all all {network} scram-sha-256");
        }

        return lines;
    }
}
