using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Writes an inventory as YAML that <see cref="VmInventoryReader"/> reads back.</summary>
internal static class VmInventoryWriter
{
    public static string Write(VmInventory inventory)
    {
        var text = new StringBuilder();
        text.Append("# What this folder was published from. To change it, copy it beside the app host, edit it, name it in Publish:Inventory, publish again.\n");
        text.Append("# ubuntu-24.04 or debian-13\n");
        Line(text, $"os: {VmPlatform.Of(inventory.System).Name}");
        text.Append("# 16 or 17\n");
        Line(text, $"postgres: {inventory.PostgresVersion}");
        text.Append("# PostgreSQL and Patroni from apt.postgresql.org (pgdg) or from the distribution\n");
        Line(text, $"packages: {(inventory.Packages == VmPackageSource.Pgdg ? "pgdg" : "distribution")}");
        text.Append("# Who may use HAProxy's read-write and read-only ports\n");
        Line(text, $"clients: [{string.Join(", ", inventory.Clients)}]");
        text.Append("# Who else may reach HAProxy's statistics, Patroni's REST API, etcd and PostgreSQL itself\n");
        Line(text, $"monitors: [{string.Join(", ", inventory.Monitors)}]");
        if (inventory.VirtualAddress is { } address)
        {
            text.Append("# Shared by the HAProxy machines (keepalived)\n");
            Line(text, $"virtualAddress: {address}");
        }

        text.Append("machines:\n");
        foreach (VmMachine machine in inventory.Machines)
        {
            Line(text, $"  - name: {machine.Name}");
            Line(text, $"    address: {machine.Address}");
            Line(text, $"    roles: [{string.Join(", ", machine.Roles.Select(Name))}]");
            if (machine.DataDisk is { } disk)
            {
                Line(text, $"    dataDisk: {disk}");
            }
        }

        return text.ToString();
    }

    public static string Name(VmRole role) => role switch
    {
        VmRole.Data => "data",
        VmRole.Etcd => "etcd",
        _ => "haproxy",
    };

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
