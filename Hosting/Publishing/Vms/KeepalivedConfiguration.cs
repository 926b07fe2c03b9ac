using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Writes <c>keepalived.conf</c> of a machine that shares the front door's address with others.</summary>
internal static class KeepalivedConfiguration
{
    public static string Write(VmInventory inventory, VmMachine machine)
    {
        IReadOnlyList<VmMachine> proxies = inventory.With(VmRole.HAProxy);
        int priority = 150 - (10 * proxies.TakeWhile(other => other != machine).Count());
        var text = new StringBuilder();
        Line(text, $"include /run/hapg/interface.conf");
        Line(text, $"");
        Line(text, $"global_defs {{");
        Line(text, $"    router_id {machine.Name}");
        Line(text, $"    enable_script_security");
        Line(text, $"    script_user nobody nogroup");
        Line(text, $"}}");
        Line(text, $"");
        Line(text, $"# Lowers the priority instead of giving up: while no leader is reachable from anywhere the address stays where it is.");
        Line(text, $"vrrp_script front_door {{");
        Line(text, $"    script \"/usr/local/lib/hapg/check-front-door\"");
        Line(text, $"    interval 1");
        Line(text, $"    timeout 2");
        Line(text, $"    fall 2");
        Line(text, $"    rise 2");
        Line(text, $"    weight -50");
        Line(text, $"}}");
        Line(text, $"");
        Line(text, $"vrrp_instance front_door {{");
        Line(text, $"    state BACKUP");
        Line(text, $"    interface $INTERFACE");
        Line(text, $"    virtual_router_id 51");
        Line(text, $"    priority {priority}");
        Line(text, $"    advert_int 1");
        Line(text, $"    # Unicast: many clouds and switches drop multicast.");
        Line(text, $"    unicast_src_ip {machine.Address}");
        Line(text, $"    unicast_peer {{");
        foreach (VmMachine other in proxies.Where(other => other != machine))
        {
            Line(text, $"        {other.Address}");
        }

        Line(text, $"    }}");
        Line(text, $"    virtual_ipaddress {{");
        Line(text, $"        {inventory.VirtualAddress}");
        Line(text, $"    }}");
        Line(text, $"    track_script {{");
        Line(text, $"        front_door");
        Line(text, $"    }}");
        Line(text, $"}}");
        return text.ToString();
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
