using HaPgAspire.Probe.Settings;
using Npgsql;

namespace HaPgAspire.Probe.Routes;

/// <summary>
/// Makes the data sources. Each has a name, because an unnamed one shows its connection string in its telemetry.
/// </summary>
internal sealed class DataSources(ClusterAddresses addresses, ProbeOptions options)
{
    private static readonly TimeSpan StatementLimit = TimeSpan.FromSeconds(30);

    // Seconds. Longer than an attempt waits for it (ConnectionOpener says why), and short, because a server that is frozen never answers: with 10 s,
    // two of three leaders that were cut off held the few openings that there are until the eleventh second, their successors promoted in the fifth.
    private const int LongestOpening = 2;

    // Seconds, for a question to one member; whoever asks it asks again.
    private const int LongestCheckOpening = 5;

    /// <summary>Writes through the front door.</summary>
    public NpgsqlDataSource FrontDoorWrites() => Load(addresses.FrontDoor, "probe front door write").Build();

    /// <summary>Reads through the front door; null when it has no read-only side.</summary>
    public NpgsqlDataSource? FrontDoorReads() =>
        addresses.ReadOnly is null ? null : Load(addresses.ReadOnly, "probe front door read").Build();

    /// <summary>Writes straight to the nodes; null when they are not known.</summary>
    public NpgsqlDataSource? DirectWrites() => Direct("probe direct write", TargetSessionAttributes.Primary);

    /// <summary>Reads straight from the nodes; null when they are not known.</summary>
    public NpgsqlDataSource? DirectReads() => Direct("probe direct read", TargetSessionAttributes.PreferStandby);

    /// <summary>The front door for everything but the load.</summary>
    public NpgsqlDataSource FrontDoorChecks() => Checks(addresses.FrontDoor.ConnectionString, "probe check front door");

    /// <summary>Each node for everything but the load, by its name.</summary>
    public IReadOnlyList<(string Name, NpgsqlDataSource Source)> NodeChecks() =>
        [.. Nodes().Select(node => (node.Name, Checks(node.ConnectionString, $"probe check {node.Name}")))];

    private NpgsqlDataSource? Direct(string name, TargetSessionAttributes target)
    {
        if (addresses.Nodes is not { } nodes)
        {
            return null;
        }

        var builder = Load(nodes, name);
        builder.ConnectionStringBuilder.HostRecheckSeconds = 1;
        builder.ConnectionStringBuilder.Timeout = 1;
        return builder.BuildMultiHost().WithTargetSession(target);
    }

    private NpgsqlDataSourceBuilder Load(NpgsqlConnectionStringBuilder connection, string name) =>
        Build(connection.ConnectionString, name, settings =>
        {
            // The load abandons statements itself (NpgsqlRoute says why), and sees to connections that take too long.
            settings.CommandTimeout = 0;
            settings.Timeout = Math.Max(LongestOpening, (int)Math.Ceiling(options.ConnectTimeout.TotalSeconds));
            settings.MaxPoolSize = options.MaxConcurrency;
            settings.NoResetOnClose = true;
            settings.MaxAutoPrepare = 4;
            settings.AutoPrepareMinUsages = 2;
        });

    private NpgsqlDataSource Checks(string connection, string name) =>
        Build(connection, name, settings =>
        {
            settings.CommandTimeout = (int)StatementLimit.TotalSeconds;
            settings.Timeout = LongestCheckOpening;
            settings.MaxPoolSize = 4;
            settings.ConnectionIdleLifetime = 30;
        }).Build();

    private NpgsqlDataSourceBuilder Build(string connection, string name, Action<NpgsqlConnectionStringBuilder> set)
    {
        var builder = new NpgsqlDataSourceBuilder(connection) { Name = name };
        builder.ConnectionStringBuilder.ApplicationName = "hapg-probe";
        builder.ConnectionStringBuilder.IncludeErrorDetail = false;
        builder.ConnectionStringBuilder.Database ??= addresses.FrontDoor.Database;
        set(builder.ConnectionStringBuilder);
        return builder;
    }

    private IEnumerable<(string Name, string ConnectionString)> Nodes()
    {
        if (addresses.Nodes is not { Host: { } hosts } nodes)
        {
            yield break;
        }

        var list = hosts.Split(',', StringSplitOptions.TrimEntries);
        for (var i = 0; i < list.Length; i++)
        {
            var one = new NpgsqlConnectionStringBuilder(nodes.ConnectionString) { Host = list[i] };
            var name = addresses.Members.Count == list.Length ? addresses.Members[i].Name : list[i];
            yield return (name, one.ConnectionString);
        }
    }
}
