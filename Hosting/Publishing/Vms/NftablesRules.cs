using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// Writes a machine's firewall rules: only the cluster's own ports are guarded, in a table of their own, so that SSH and whatever else the machine serves
/// stay as they are.
/// </summary>
internal static class NftablesRules
{
    public static string Write(VmCluster cluster, VmInventory inventory, VmMachine machine)
    {
        string[] members = Networks(inventory.Machines.Select(other => other.Address).Concat(inventory.Monitors));
        string[] clients = Networks(inventory.Clients);
        string[] etcd = Networks(inventory.With(VmRole.Etcd).Select(other => other.Address));
        var text = new StringBuilder();
        Line(text, $"# The cluster's ports on {machine.Name}: who may connect. Everything else is left to the machine's other rules.");
        Line(text, $"table inet hapg");
        Line(text, $"delete table inet hapg");
        Line(text, $"table inet hapg {{");
        Set(text, "members", members);
        if (machine.Has(VmRole.Etcd))
        {
            Set(text, "etcd_members", etcd);
        }

        if (machine.Has(VmRole.HAProxy))
        {
            Set(text, "clients", clients);
        }

        Line(text, $"    chain input {{");
        Line(text, $"        type filter hook input priority filter; policy accept;");
        Line(text, $"        iif \"lo\" accept");
        Line(text, $"        ct state established,related accept");
        if (machine.Has(VmRole.Data))
        {
            Line(text, $"        tcp dport {{ 5432, 8008 }} ip saddr @members accept");
            Line(text, $"        tcp dport {{ 5432, 8008 }} counter drop");
        }

        if (machine.Has(VmRole.Etcd))
        {
            Line(text, $"        tcp dport 2379 ip saddr @members accept");
            Line(text, $"        tcp dport 2380 ip saddr @etcd_members accept");
            Line(text, $"        tcp dport {{ 2379, 2380 }} counter drop");
        }

        if (machine.Has(VmRole.HAProxy))
        {
            Line(text, $"        tcp dport {{ {cluster.ReadWritePort}, {cluster.ReadOnlyPort} }} ip saddr @clients accept");
            string ports = string.Join(", ", new[] { cluster.ReadWritePort, cluster.ReadOnlyPort, cluster.StatisticsPort, cluster.HealthPort }.Distinct());
            Line(text, $"        tcp dport {{ {ports} }} ip saddr @members accept");
            Line(text, $"        tcp dport {{ {ports} }} counter drop");
            if (inventory.VirtualAddress is not null)
            {
                Line(text, $"        meta l4proto vrrp ip saddr @members accept");
                Line(text, $"        meta l4proto vrrp counter drop");
            }
        }

        Line(text, $"    }}");
        Line(text, $"}}");
        return text.ToString();
    }

    private static string[] Networks(IEnumerable<string> networks) => [.. networks.Select(VmAddress.Network).Distinct(StringComparer.Ordinal)];

    private static void Set(StringBuilder text, string name, string[] networks)
    {
        Line(text, $"    set {name} {{");
        Line(text, $"        type ipv4_addr");
        Line(text, $"        flags interval");
        Line(text, $"        auto-merge");
        if (networks.Length > 0)
        {
            Line(text, $"        elements = {{ {string.Join(", ", networks)} }}");
        }

        Line(text, $"    }}");
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
