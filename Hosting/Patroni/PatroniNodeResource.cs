namespace HaPgAspire.Hosting;

/// <summary>
/// A data node: PostgreSQL under Patroni in a container. On the dashboard it lies below its cluster; it is no
/// <c>IResourceWithParent</c>, because a child takes over its parent's health checks and a node's health is its own.
/// </summary>
public sealed class PatroniNodeResource : ContainerResource, IResourceWithConnectionString
{
    internal const string PostgresEndpointName = "postgres";
    internal const string RestEndpointName = "rest";
    internal const int PostgresPort = 5432;
    internal const int RestPort = 8008;

    internal PatroniNodeResource(string name, PatroniClusterResource cluster)
        : base(name)
    {
        Cluster = cluster;
        PostgresEndpoint = new(this, PostgresEndpointName);
        RestEndpoint = new(this, RestEndpointName);
    }

    /// <summary>The cluster that the node is a member of.</summary>
    public PatroniClusterResource Cluster { get; }

    /// <summary>PostgreSQL's endpoint. Whether it takes writes depends on the node's role at the time.</summary>
    public EndpointReference PostgresEndpoint { get; }

    /// <summary>The endpoint of Patroni's REST API.</summary>
    public EndpointReference RestEndpoint { get; }

    /// <summary>The node as the others see it on the containers' network.</summary>
    public PatroniMember Member => new() { Name = Name, Host = Name };

    /// <summary>The connection string for this very node, as the application role.</summary>
    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            var builder = new ReferenceExpressionBuilder();
            builder.Append(
                $"Host={PostgresEndpoint.Property(EndpointProperty.Host)};Port={PostgresEndpoint.Property(EndpointProperty.Port)};Username={Cluster.UserNameParameter};Password={Cluster.PasswordParameter}");
            Cluster.Security.AppendTo(builder);
            return builder.Build();
        }
    }

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
    [
        new("Host", ReferenceExpression.Create($"{PostgresEndpoint.Property(EndpointProperty.Host)}")),
        new("Port", ReferenceExpression.Create($"{PostgresEndpoint.Property(EndpointProperty.Port)}")),
        new("Username", ReferenceExpression.Create($"{Cluster.UserNameParameter}")),
        new("Password", ReferenceExpression.Create($"{Cluster.PasswordParameter}")),
        new("Rest", ReferenceExpression.Create($"{RestEndpoint.Property(EndpointProperty.Url)}")),
    ];
}
