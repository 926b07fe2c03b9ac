using System.Globalization;
using System.Text;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>
/// Writes <c>haproxy.cfg</c>. The file holds no secret: the statistics password comes from the environment, from <see cref="StatisticsPasswordVariable"/>.
/// </summary>
public static class HAProxyConfiguration
{
    /// <summary>The name of the proxy that leads to the leader.</summary>
    public const string ReadWriteProxy = "read-write";

    /// <summary>The name of the proxy that leads to the replicas.</summary>
    public const string ReadOnlyProxy = "read-only";

    private const string StatisticsUsers = "statistics";

    /// <summary>The environment variable that HAProxy takes the statistics password from. Without it HAProxy refuses to start.</summary>
    public const string StatisticsPasswordVariable = "CLUSTER_STATISTICS_PASSWORD";

    /// <summary>Writes the file.</summary>
    /// <param name="options">The cluster's options, valid.</param>
    /// <param name="surroundings">The members and the machine or container around HAProxy.</param>
    /// <returns>The text of the file.</returns>
    public static string Write(ClusterOptions options, HAProxySurroundings surroundings)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(surroundings);
        HAProxyOptions proxy = options.HAProxy;
        string listen = surroundings.ListenAddress;
        var text = new StringBuilder();

        Line(text, $".if !defined({StatisticsPasswordVariable})");
        Line(text, $".alert \"{StatisticsPasswordVariable} is not set\"");
        Line(text, ".endif");
        Line(text);
        Line(text, "global");
        Line(text, $"    maxconn {proxy.MaxConnections}");
        if (surroundings.LogTarget is { } target)
        {
            Line(text, $"    log {target} notice");
        }

        if (surroundings.AdminSocket is { } socket)
        {
            Line(text, $"    stats socket {socket} mode 660 level admin");
        }

        Line(text);
        Line(text, "defaults");
        Line(text, "    mode tcp");
        if (surroundings.LogTarget is not null)
        {
            Line(text, "    log global");
        }

        Line(text, "    option clitcpka");
        Line(text, "    option srvtcpka");
        Line(text, "    option redispatch 1");
        // Who has given up while waiting in the queue is not served: after a failover, or on a busy machine, most of a long queue.
        Line(text, "    option abortonclose");
        Line(text, $"    retries {proxy.Retries}");
        Line(text, $"    timeout connect {proxy.ConnectTimeoutMs}ms");
        Line(text, $"    timeout queue {proxy.QueueTimeoutMs}ms");
        Line(text, $"    timeout check {proxy.CheckTimeoutMs}ms");
        Line(text, $"    timeout client {proxy.IdleTimeoutMinutes}m");
        Line(text, $"    timeout server {proxy.IdleTimeoutMinutes}m");
        if (surroundings.ResolveNames)
        {
            Line(text);
            Line(text, "# A member that starts again may come back with another address.");
            Line(text, "resolvers names");
            Line(text, "    parse-resolv-conf");
            Line(text, "    accepted_payload_size 8192");
            Line(text, "    timeout resolve 500ms");
            Line(text, "    timeout retry 250ms");
            Line(text, "    hold valid 500ms");
        }

        WriteProxy(text, options, surroundings, ReadWriteProxy, surroundings.ReadWritePort, "/primary", "first");
        WriteProxy(text, options, surroundings, ReadOnlyProxy, surroundings.ReadOnlyPort, "/replica", "leastconn");

        Line(text);
        Line(text, $"userlist {StatisticsUsers}");
        // In double quotes HAProxy puts the value in after it has split the line into words: no character of it is special.
        Line(text, $"    user {HAProxyOptions.StatisticsUser} insecure-password \"${{{StatisticsPasswordVariable}}}\"");

        Line(text);
        Line(text, "frontend statistics");
        Line(text, $"    bind {listen}:{surroundings.StatisticsPort}{(options.Tls ? $" ssl crt {surroundings.CertificateDirectory}/{CertificateFiles.Server} ssl-min-ver TLSv1.3" : string.Empty)}");
        Line(text, "    mode http");
        Line(text, "    no log");
        Line(text, "    timeout client 30s");
        Line(text, "    monitor-uri /health");
        Line(text, $"    monitor fail if {{ nbsrv({ReadWriteProxy}) lt 1 }}");
        Line(text, "    http-request return status 200 content-type text/plain string \"alive\" if { path /alive }");
        Line(text, $"    http-request auth realm statistics unless {{ http_auth({StatisticsUsers}) }}");
        Line(text, "    http-request use-service prometheus-exporter if { path /metrics }");
        Line(text, "    stats enable");
        Line(text, "    stats hide-version");
        Line(text, "    stats uri /");
        Line(text, "    stats refresh 5s");
        if (options.Tls)
        {
            Line(text);
            Line(text, "frontend health");
            Line(text, $"    bind {surroundings.HealthAddress}:{surroundings.HealthPort}");
            Line(text, "    mode http");
            Line(text, "    no log");
            Line(text, "    timeout client 30s");
            Line(text, "    monitor-uri /health");
            Line(text, $"    monitor fail if {{ nbsrv({ReadWriteProxy}) lt 1 }}");
            Line(text, "    http-request return status 200 content-type text/plain string \"alive\" if { path /alive }");
            Line(text, "    http-request deny");
        }

        return text.ToString();
    }

    private static void WriteProxy(
        StringBuilder text, ClusterOptions options, HAProxySurroundings surroundings, string name, int port, string path, string balance)
    {
        HAProxyOptions proxy = options.HAProxy;
        Line(text);
        Line(text, $"listen {name}");
        Line(text, $"    bind {surroundings.ListenAddress}:{port}");
        Line(text, $"    balance {balance}");
        if (name == ReadWriteProxy)
        {
            Line(text, "    # A server that was never checked counts as up; two that are up mean that nobody knows the leader yet.");
            Line(text, $"    tcp-request connection reject if {{ nbsrv({name}) gt 1 }}");
        }

        Line(text, "    option httpchk");
        Line(text, $"    http-check send meth OPTIONS uri {path}");
        Line(text, "    http-check expect status 200");
        int fall = proxy.Fall + (options.Tls ? HAProxyOptions.MoreFallWithTls : 0);
        string defaults = string.Create(
            CultureInfo.InvariantCulture,
            $"inter {proxy.CheckIntervalMs}ms fastinter {proxy.FastCheckIntervalMs}ms downinter {proxy.DownCheckIntervalMs}ms fall {fall} rise {proxy.Rise} maxconn {options.Postgres.MaxConnections - PostgresOptions.ReservedConnections} on-marked-down shutdown-sessions");
        Line(text, $"    default-server {defaults}{(surroundings.ResolveNames ? " resolvers names resolve-prefer ipv4 init-addr none" : string.Empty)}");
        foreach (PatroniMember member in surroundings.Members)
        {
            string tls = options.Tls
                ? $" check-ssl verify required ca-file {surroundings.CertificateDirectory}/{CertificateFiles.Authority} verifyhost {member.Name} check-sni {member.Name}"
                : string.Empty;
            Line(text, $"    server {member.Name} {member.Host}:{member.PostgresPort} check port {member.RestPort}{tls}");
        }
    }

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');
}
