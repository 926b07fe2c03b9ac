using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting;

/// <summary>The members of a cluster as text, in the columns that <c>patronictl list</c> shows.</summary>
internal static class ClusterTable
{
    private static readonly string[] Headings = ["Member", "Host", "Role", "State", "TL", "Lag in MB"];

    /// <summary>Draws the table.</summary>
    /// <param name="scope">The cluster's name.</param>
    /// <param name="view">What Patroni says, or <see langword="null"/> while no member answers.</param>
    /// <param name="expected">The names of all nodes; one that Patroni doesn't know is shown as stopped.</param>
    public static string Draw(string scope, ClusterView? view, IEnumerable<string> expected)
    {
        IReadOnlyList<MemberView> members = view?.Members ?? [];
        var rows = new List<string[]> { Headings };
        rows.AddRange(members.Select(Row));
        rows.AddRange(expected.Where(name => members.All(member => member.Name != name)).Select(name => new[] { name, "", "", "stopped", "", "" }));
        int[] widths = [.. Enumerable.Range(0, Headings.Length).Select(column => rows.Max(row => row[column].Length))];

        string title = $" Cluster: {scope}{(view?.Paused == true ? ", paused: no automatic failover" : "")} ";
        var table = new StringBuilder();
        string rule = "+" + string.Join('+', widths.Select(width => new string('-', width + 2))) + "+";
        table.Append('+').Append(title).AppendLine(title.Length + 2 <= rule.Length ? rule[(title.Length + 1)..] : "+");
        for (int index = 0; index < rows.Count; index++)
        {
            string[] row = rows[index];

            // Numbers to the right, words to the left.
            table.AppendLine("| " + string.Join(" | ", row.Select((cell, column) => column >= 4 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))) + " |");
            if (index == 0)
            {
                table.AppendLine(rule);
            }
        }

        return table.Append(rule).ToString();
    }

    /// <summary>Patroni's word for a role as a person reads it.</summary>
    public static string RoleName(string role) => role switch
    {
        "leader" or "master" or "primary" => "Leader",
        "sync_standby" => "Sync Standby",
        "quorum_standby" => "Quorum Standby",
        "standby_leader" => "Standby Leader",
        _ => "Replica",
    };

    private static string[] Row(MemberView member) =>
    [
        member.Name,
        member.Host,
        RoleName(member.Role),
        member.State,
        member.Timeline?.ToString(CultureInfo.InvariantCulture) ?? "",
        member.IsLeader ? "" : member.Lag is { } lag ? (lag / 1048576.0).ToString("0.##", CultureInfo.InvariantCulture) : "unknown",
    ];
}
