namespace HaPgAspire.Hosting;

/// <summary>One member of the cluster as the other machines or containers see it.</summary>
public sealed record PatroniMember
{
    /// <summary>The member's name: in Patroni, in HAProxy and, for a container, on the network.</summary>
    public required string Name { get; init; }

    /// <summary>The name or address that the others reach it by.</summary>
    public required string Host { get; init; }

    /// <summary>PostgreSQL's port.</summary>
    public int PostgresPort { get; init; } = 5432;

    /// <summary>The port of Patroni's REST API.</summary>
    public int RestPort { get; init; } = 8008;

    /// <summary>The address that PostgreSQL and the REST API listen on.</summary>
    public string ListenAddress { get; init; } = "0.0.0.0";
}
