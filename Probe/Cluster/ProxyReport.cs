using System.Globalization;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Cluster;

/// <summary>Reads HAProxy's statistics as CSV (its manual, 9.1): a header line with `# pxname,svname,…`, then a line per object.</summary>
internal static class ProxyReport
{
    /// <summary>The routes with servers; null when the text is no statistics.</summary>
    public static IReadOnlyList<ProxyRoute>? Read(string csv)
    {
        var lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length == 0 || !lines[0].StartsWith("# pxname,", StringComparison.Ordinal))
        {
            return null;
        }

        var columns = Fields(lines[0][2..]).Select((name, index) => (name, index)).ToDictionary(column => column.name, column => column.index);
        var order = new List<string>();
        var servers = new Dictionary<string, List<ProxyServer>>();
        var sessions = new Dictionary<string, int>();
        foreach (var line in lines.Skip(1))
        {
            var fields = Fields(line);
            var (route, server) = (Field("pxname"), Field("svname"));
            switch (server)
            {
                case "FRONTEND":
                    break;
                case "BACKEND":
                    sessions[route] = (int)Number("scur");
                    break;
                default:
                    if (!servers.TryGetValue(route, out var list))
                    {
                        servers[route] = list = [];
                        order.Add(route);
                    }

                    var status = Field("status");
                    var check = Field("check_status");
                    list.Add(new ProxyServer(
                        server,
                        status.StartsWith("UP", StringComparison.Ordinal) || status == "no check",
                        status,
                        check.Length > 0 ? check.TrimStart('*', ' ') : null,
                        (int)Number("scur"),
                        Number("lastchg")));
                    break;
            }

            string Field(string name) => columns.TryGetValue(name, out var index) && index < fields.Count ? fields[index] : "";

            long Number(string name) => long.TryParse(Field(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : 0;
        }

        return [.. order.Select(route => new ProxyRoute(
            route, servers[route].Any(server => server.Up), sessions.GetValueOrDefault(route), servers[route]))];
    }

    // Fields with a comma or a quote in them are quoted, quotes in them doubled.
    private static List<string> Fields(string line)
    {
        var fields = new List<string>();
        var at = 0;
        while (at <= line.Length)
        {
            if (at < line.Length && line[at] == '"')
            {
                var text = new System.Text.StringBuilder();
                for (at++; at < line.Length; at++)
                {
                    if (line[at] != '"')
                    {
                        text.Append(line[at]);
                    }
                    else if (at + 1 < line.Length && line[at + 1] == '"')
                    {
                        text.Append('"');
                        at++;
                    }
                    else
                    {
                        break;
                    }
                }

                fields.Add(text.ToString());
                at += 2;
            }
            else
            {
                var end = line.IndexOf(',', at);
                end = end < 0 ? line.Length : end;
                fields.Add(line[at..end]);
                at = end + 1;
            }
        }

        return fields;
    }
}
