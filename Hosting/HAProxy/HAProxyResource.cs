using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>
/// The cluster's front door. To clients it is a PostgreSQL server like any other, so that <c>AddDatabase</c>, <c>WithPgAdmin</c> and <c>WithReference</c> work on it.
/// </summary>
public sealed class HAProxyResource : PostgresServerResource
{
    internal const string ReadWriteEndpointName = "tcp";
    internal const string ReadOnlyEndpointName = "read-only";
    internal const string StatisticsEndpointName = "statistics";

    internal HAProxyResource(string name, PatroniClusterResource cluster)
        : base(name, cluster.UserNameParameter, cluster.PasswordParameter)
    {
        Cluster = cluster;
        ReadOnlyEndpoint = new(this, ReadOnlyEndpointName);
        StatisticsEndpoint = new(this, StatisticsEndpointName);
    }

    /// <summary>The cluster behind the door.</summary>
    public PatroniClusterResource Cluster { get; }

    /// <summary>The endpoint that leads to replicas, and to nobody when none is left.</summary>
    public EndpointReference ReadOnlyEndpoint { get; }

    /// <summary>The HTTP endpoint with statistics, metrics and health.</summary>
    public EndpointReference StatisticsEndpoint { get; }

    /// <summary>The connection string through the read-only port, to the first database that was added, else <c>postgres</c>.</summary>
    public ReferenceExpression ReadOnlyConnectionStringExpression
    {
        get
        {
            var builder = new ReferenceExpressionBuilder();
            builder.Append(
                $"Host={ReadOnlyEndpoint.Property(EndpointProperty.Host)};Port={ReadOnlyEndpoint.Property(EndpointProperty.Port)};Username={UserNameReference};Password={PasswordParameter};Database={Cluster.Database}");
            Cluster.Security.AppendTo(builder);
            return builder.Build();
        }
    }

    // The base class builds its connection string itself; an annotation is how it takes another.
    internal void ShowConnection()
    {
        ConnectionStringRedirectAnnotation? redirect = Annotations.OfType<ConnectionStringRedirectAnnotation>().SingleOrDefault();
        if (Cluster.Security.IsOn && redirect is null)
        {
            Annotations.Add(new ConnectionStringRedirectAnnotation(new FrontDoorConnection(this)));
        }
        else if (!Cluster.Security.IsOn && redirect is not null)
        {
            Annotations.Remove(redirect);
        }
    }
}
