using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>
/// A Patroni cluster: the data nodes, their common options, roles and secrets. Its connection string names all nodes, for clients that find the leader
/// themselves (Npgsql: <c>Target Session Attributes=primary</c>); most clients use HAProxy instead.
/// </summary>
public sealed class PatroniClusterResource : Resource, IResourceWithConnectionString
{
    private readonly List<PatroniNodeResource> _nodes = [];
    private readonly ClusterOptionsSource _options;

    internal PatroniClusterResource(string name, EtcdResource etcd, ClusterOptionsSource options, PatroniClusterSecrets secrets, ClusterSession session)
        : base(name)
    {
        Etcd = etcd;
        _options = options;
        Secrets = secrets;
        Security = new ClusterSecurity(this, ClientFolder.Of(session, name));
    }

    /// <summary>The store that holds the leader's lease.</summary>
    public EtcdResource Etcd { get; }

    /// <summary>The data nodes, in the order in which they were added.</summary>
    public IReadOnlyList<PatroniNodeResource> Nodes => _nodes;

    /// <summary>The front door, once it was added.</summary>
    public HAProxyResource? HAProxy { get; internal set; }

    /// <summary>The options in force: the profile's defaults, the app host's code, the configuration.</summary>
    public ClusterOptions Options => _options.Current with { Etcd = Etcd.Options };

    /// <summary>The cluster's name in etcd.</summary>
    public string Scope => _options.Current.Scope ?? Name;

    /// <summary>The name of the application role.</summary>
    public ParameterResource UserNameParameter => Secrets.UserName;

    /// <summary>The application role's password.</summary>
    public ParameterResource PasswordParameter => Secrets.Password;

    /// <summary>The password that standbys stream with.</summary>
    public ParameterResource ReplicationPasswordParameter => Secrets.ReplicationPassword;

    /// <summary>The password that <c>pg_rewind</c> connects with.</summary>
    public ParameterResource RewindPasswordParameter => Secrets.RewindPassword;

    /// <summary>The monitoring role's password.</summary>
    public ParameterResource MonitoringPasswordParameter => Secrets.MonitoringPassword;

    /// <summary>The password for Patroni's unsafe REST verbs; the user is <see cref="PostgresOptions.RestUser"/>.</summary>
    public ParameterResource RestPasswordParameter => Secrets.RestPassword;

    /// <summary>The password of the cluster's user in etcd (<see cref="EtcdAccess.UserName"/>), with <see cref="ClusterOptions.Tls"/>.</summary>
    public ParameterResource EtcdPasswordParameter => Secrets.EtcdPassword;

    /// <summary>The password for HAProxy's statistics and metrics; the user is <see cref="HAProxyOptions.StatisticsUser"/>.</summary>
    public ParameterResource StatisticsPasswordParameter => Secrets.StatisticsPassword;

    /// <summary>
    /// <c>Host=node1:port,node2:port,…;Username=…;Password=…;Database=…</c> with the first database that was added to HAProxy, else <c>postgres</c>.
    /// </summary>
    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            var builder = new ReferenceExpressionBuilder();
            builder.AppendLiteral("Host=");
            for (int i = 0; i < _nodes.Count; i++)
            {
                builder.AppendLiteral(i == 0 ? string.Empty : ",");
                builder.Append($"{_nodes[i].PostgresEndpoint.Property(EndpointProperty.HostAndPort)}");
            }

            builder.Append($";Username={UserNameParameter};Password={PasswordParameter};Database={Database}");
            Security.AppendTo(builder);
            return builder.Build();
        }
    }

    internal PatroniClusterSecrets Secrets { get; }

    internal ClusterSecurity Security { get; }

    internal string Database => HAProxy?.Databases.Values.FirstOrDefault() ?? "postgres";

    internal IReadOnlyCollection<string> OptionErrors => _options.Errors;

    internal void Change(Func<ClusterOptions, ClusterOptions> change) => _options.Change(change);

    internal void Add(PatroniNodeResource node) => _nodes.Add(node);

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties()
    {
        yield return new("Username", ReferenceExpression.Create($"{UserNameParameter}"));
        yield return new("Password", ReferenceExpression.Create($"{PasswordParameter}"));
        yield return new("Members", MembersExpression());
        yield return new("Etcd", Etcd.ConnectionStringExpression);
        yield return new("RestUsername", ReferenceExpression.Create($"{PostgresOptions.RestUser}"));
        yield return new("RestPassword", ReferenceExpression.Create($"{RestPasswordParameter}"));
        if (Security.IsOn)
        {
            yield return new("RootCertificate", ReferenceExpression.Create($"{Security.RootCertificate}"));
            yield return new("ClientCertificate", ReferenceExpression.Create($"{Security.ClientCertificate}"));
        }

        if (HAProxy is { } haproxy)
        {
            yield return new("ReadOnly", haproxy.ReadOnlyConnectionStringExpression);
            yield return new("HAProxy", ReferenceExpression.Create($"{haproxy.StatisticsEndpoint.Property(EndpointProperty.Url)}"));
            yield return new("StatisticsUsername", ReferenceExpression.Create($"{HAProxyOptions.StatisticsUser}"));
            yield return new("StatisticsPassword", ReferenceExpression.Create($"{StatisticsPasswordParameter}"));
        }
    }

    private ReferenceExpression MembersExpression()
    {
        var builder = new ReferenceExpressionBuilder();
        for (int i = 0; i < _nodes.Count; i++)
        {
            builder.AppendLiteral($"{(i == 0 ? string.Empty : ",")}{_nodes[i].Name}=");
            builder.Append($"{_nodes[i].RestEndpoint.Property(EndpointProperty.Url)}");
        }

        return builder.Build();
    }
}
