using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.Hosting;

/// <summary>
/// What can be done with a running cluster: commands of the cluster's resource on the Aspire dashboard, in the Aspire CLI, and in a second terminal on the
/// local engine (<c>resource postgres list</c>).
/// </summary>
internal static class ClusterCommands
{
    /// <summary>Shows the members as <c>patronictl list</c> does.</summary>
    public const string List = "list";

    /// <summary>Hands the leadership over, planned.</summary>
    public const string Switchover = "switchover";

    /// <summary>The argument of <see cref="Switchover"/>: the member to promote.</summary>
    public const string Candidate = "candidate";

    /// <summary>Switches automatic failover off.</summary>
    public const string Pause = "pause";

    /// <summary>Switches automatic failover on again.</summary>
    public const string Resume = "resume";

    /// <summary>Gives the connection strings with the password.</summary>
    public const string ConnectionString = "connection-string";

    private static readonly TimeSpan SwitchoverLimit = TimeSpan.FromMinutes(2);

    /// <summary>Registers the commands.</summary>
    public static IResourceBuilder<PatroniClusterResource> WithClusterCommands(this IResourceBuilder<PatroniClusterResource> builder)
    {
        PatroniClusterResource cluster = builder.Resource;
        return builder
            .WithCommand(List, "List members", context => ListAsync(cluster, context), new CommandOptions
            {
                Description = "Role, state, timeline and lag of every member, as patronictl list shows them.",
                IconName = "AppsList",
                IsHighlighted = true,
            })
            .WithCommand(Switchover, "Switch over", context => SwitchoverAsync(cluster, context), new CommandOptions
            {
                Description = "Hands the leadership over to a replica, planned: nothing is lost, writes wait for about a second.",
                IconName = "ArrowSwap",
                IsHighlighted = true,
                Arguments =
                [
                    new InteractionInput
                    {
                        Name = Candidate,
                        InputType = InputType.Text,
                        Label = "Candidate",
                        Description = "The member to promote; Patroni chooses one where it is left empty.",
                    },
                ],
            })
            .WithCommand(Pause, "Pause failover", context => PauseAsync(cluster, pause: true, context), new CommandOptions
            {
                Description = "Switches automatic failover off, for maintenance. A leader that dies is then not replaced.",
                IconName = "Pause",
            })
            .WithCommand(Resume, "Resume failover", context => PauseAsync(cluster, pause: false, context), new CommandOptions
            {
                Description = "Switches automatic failover on again.",
                IconName = "Play",
            })
            .WithCommand(ConnectionString, "Show connection strings", context => ConnectionStringAsync(cluster, context), new CommandOptions
            {
                Description = "The connection strings for clients on this machine and the login for HAProxy's statistics, with the passwords.",
                IconName = "Key",
            });
    }

    private static PatroniClient Patroni(PatroniClusterResource cluster, ExecuteCommandContext context) =>
        context.Services.GetRequiredKeyedService<PatroniClient>(cluster.Name);

    private static async Task<ExecuteCommandResult> ListAsync(PatroniClusterResource cluster, ExecuteCommandContext context)
    {
        ClusterView? view = await Patroni(cluster, context).GetClusterAsync(context.CancellationToken);
        string table = ClusterTable.Draw(cluster.Scope, view, cluster.Nodes.Select(node => node.Name));
        return view is null
            ? CommandResults.Failure($"No member of {cluster.Name} answers.", table)
            : CommandResults.Success(string.Create(CultureInfo.InvariantCulture, $"{view.Members.Count} of {cluster.Nodes.Count} members."), table);
    }

    private static Task<ExecuteCommandResult> SwitchoverAsync(PatroniClusterResource cluster, ExecuteCommandContext context) => SentenceAsync(async () =>
    {
        PatroniClient patroni = Patroni(cluster, context);
        string? candidate = context.Arguments.TryGetByName(Candidate, out InteractionInput? input) && !string.IsNullOrWhiteSpace(input.Value) ? input.Value : null;
        if (candidate is not null && cluster.Nodes.All(node => node.Name != candidate))
        {
            throw new ClusterException($"There is no member '{candidate}': the members are {string.Join(", ", cluster.Nodes.Select(node => node.Name))}.");
        }

        string leader = (await patroni.GetClusterAsync(context.CancellationToken))?.Leader?.Name
            ?? throw new ClusterException($"Cluster {cluster.Name} has no leader to switch over from: wait for the election, or start a node.");
        string answer = await patroni.SwitchoverAsync(leader, candidate, context.CancellationToken);
        ClusterView? after = await AwaitLeaderOtherThanAsync(patroni, leader, context.CancellationToken);
        return CommandResults.Success(answer, ClusterTable.Draw(cluster.Scope, after, cluster.Nodes.Select(node => node.Name)));
    });

    private static async Task<ClusterView?> AwaitLeaderOtherThanAsync(PatroniClient patroni, string leader, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SwitchoverLimit);
        while (true)
        {
            ClusterView? view = await patroni.GetClusterAsync(limit.Token);
            if (view?.Leader is { } found && found.Name != leader)
            {
                return view;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
        }
    }

    private static Task<ExecuteCommandResult> PauseAsync(PatroniClusterResource cluster, bool pause, ExecuteCommandContext context) => SentenceAsync(async () =>
    {
        await Patroni(cluster, context).PauseAsync(pause, context.CancellationToken);
        return CommandResults.Success(pause ? "Automatic failover is off until `resume`." : "Automatic failover is on.");
    });

    private static async Task<ExecuteCommandResult> ConnectionStringAsync(PatroniClusterResource cluster, ExecuteCommandContext context)
    {
        var lines = new List<string>();
        if (cluster.HAProxy is { } frontDoor)
        {
            lines.Add($"read-write  {await frontDoor.ConnectionStringExpression.GetValueAsync(context.CancellationToken)}");
            lines.Add($"read-only   {await frontDoor.ReadOnlyConnectionStringExpression.GetValueAsync(context.CancellationToken)}");
        }

        lines.Add($"multi-host  {await cluster.ConnectionStringExpression.GetValueAsync(context.CancellationToken)}");
        if (cluster.HAProxy is { StatisticsEndpoint.IsAllocated: true } withStatistics)
        {
            lines.Add(
                $"statistics  {withStatistics.StatisticsEndpoint.Url}/ as {HAProxyOptions.StatisticsUser} with the password {await cluster.StatisticsPasswordParameter.GetValueAsync(context.CancellationToken)}");
        }

        return CommandResults.Success("Connection strings with the password", string.Join(Environment.NewLine, lines));
    }

    /// <summary>Turns a failure that a person can put right into the command's message; anything else stays an exception.</summary>
    internal static async Task<ExecuteCommandResult> SentenceAsync(Func<Task<ExecuteCommandResult>> command)
    {
        try
        {
            return await command();
        }
        catch (ClusterException e)
        {
            return CommandResults.Failure(e.Message);
        }
    }
}
