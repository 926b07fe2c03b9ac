using System.Globalization;
using System.Text;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Writes the operator's page of a published compose application.</summary>
internal static class ComposeReadme
{
    /// <summary>Writes the page.</summary>
    /// <param name="document">The compose document.</param>
    /// <param name="cluster">The first cluster of the graph.</param>
    /// <param name="frontDoorPort">The port of the host that leads to the leader.</param>
    public static string Write(ComposeDocument document, PatroniClusterResource cluster, int frontDoorPort)
    {
        string node = cluster.Nodes.Count > 0 ? cluster.Nodes[0].Name : "data-node1";
        string database = PublishedCluster.Databases(cluster).FirstOrDefault("postgres");
        string user = cluster.Options.Postgres.ApplicationRole;
        bool tls = cluster.Options.Tls;
        string connection = $"host=127.0.0.1 port={frontDoorPort} user={user} dbname={database}{(tls ? " sslmode=verify-full sslrootcert=ca.crt" : string.Empty)}";
        string patronictl = $"docker compose exec {node} patronictl -c {ClusterImages.PatroniConfigurationDirectory}/patroni.yml";
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $$"""
            # {{document.Name}}

            Written by the step `publish-compose` from the app host's graph and options. To change it, change those and publish again; `.env` keeps its values.

            | to | run |
            |---|---|
            | start, and build the images | `docker compose up --build --detach --wait` |
            | see the state | `docker compose ps` and `{{patronictl}} list` |
            | connect | `psql "{{connection}}"` (the password is in `.env`) |
            | hand the leadership over | `{{patronictl}} switchover --force` |
            | follow the logs | `docker compose logs --follow` |
            | stop, and keep the data | `docker compose down` |
            | remove everything, the data too | `docker compose down --volumes` |

            - `.env` holds the passwords and may be read by its owner only. Without a value for each secret, compose refuses to start.
              Passwords count when the cluster is first made: to change one later, change the role in PostgreSQL first.
            - Ports are published on `BIND_ADDRESS`, which is this machine alone unless `.env` says otherwise.
            - All containers are on one machine: this is for development, tests and small installations. A cluster that is to survive the loss of a machine
              goes to several of them (`publish-vms`, `publish-azure`).

            """);
        text.Append(tls ? Certificates(document, cluster) : "- Nothing is encrypted: `Cluster:Tls` was false.\n");
        if (document.Services.ContainsKey(ComposeDashboard.Name))
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                - `docker compose --profile {{ComposeDashboard.Name}} up --detach` adds the Aspire dashboard on port `DASHBOARD_PORT`; it asks for `DASHBOARD_BROWSER_TOKEN`.

                """);
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Certificates(ComposeDocument document, PatroniClusterResource cluster)
    {
        string proxy = cluster.HAProxy?.Name ?? cluster.Nodes[0].Name;
        string directory = cluster.HAProxy is null ? ClusterImages.PatroniConfigurationDirectory : ClusterImages.HAProxyConfigurationDirectory;
        string reloaded = string.Join(' ', document.Services.Keys.Where(name => cluster.Nodes.Any(node => node.Name == name)));
        return $"""
            - Every connection of the cluster is encrypted and its other end verified. The service `{ComposeCertificateService.Name}` makes the certificates before the others start;
              the authority's key is on the volume `certificate-authority`, which no other service sees. What clients on this machine check servers by:
              `docker compose cp {proxy}:{directory}/{CertificateFiles.Folder}/{CertificateFiles.Authority} .` Other names that they use go into the option `Cluster:Certificates:Names`.
            - New certificates, also long before the old ones end (after {cluster.Options.Certificates.Days} days); connections that are there stay:
              `docker compose run --rm {ComposeCertificateService.Name} --renew && docker compose kill --signal HUP {reloaded}{(cluster.HAProxy is null ? string.Empty : $" && docker compose kill --signal USR2 {proxy}")}`.
              etcd reads its own at the next connection.
            - The probe's page and the dashboard speak plain HTTP on `BIND_ADDRESS`: put a proxy with TLS before them to let others in.

            """;
    }
}
