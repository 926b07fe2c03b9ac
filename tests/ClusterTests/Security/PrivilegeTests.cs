using System.Globalization;
using System.Net;
using System.Text.Json;

namespace HaPgAspire.ClusterTests.Security;

/// <summary>What a container may do, and what of it can be reached.</summary>
[Collection(GuardedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class PrivilegeTests(GuardedCluster guarded)
{
    // What each container has open to its network. A port that nobody thought of fails the test.
    private static readonly Dictionary<string, int[]> Listening = new()
    {
        ["data-node1"] = [5432, 8008],
        ["data-node2"] = [5432, 8008],
        ["data-node3"] = [5432, 8008],
        ["etcd"] = [2379, 2380],
        ["haproxy"] = [5000, 5001, 7000],
    };

    [Fact]
    public async Task A_container_runs_without_privileges_and_without_a_way_to_them()
    {
        await guarded.Cluster.AwaitWholeAsync(TestContext.Current.CancellationToken);
        foreach (string container in guarded.Containers)
        {
            Dictionary<string, string> status = (await guarded.ExecuteAsync(container, "cat /proc/1/status")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim());
            foreach (string set in (string[])["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
            {
                Assert.True(ulong.Parse(status[set], NumberStyles.HexNumber, CultureInfo.InvariantCulture) == 0, $"{container}: {set} is {status[set]}");
            }

            Assert.Equal("1", status["NoNewPrivs"]);
            Assert.DoesNotContain("0", status["Uid"].Split('\t'));
            Assert.DoesNotContain("0", status["Gid"].Split('\t'));
            JsonElement host = (await guarded.InspectAsync(container)).GetProperty("HostConfig");
            Assert.True(host.GetProperty("PidsLimit").GetInt64() > 0, container);
            Assert.False(host.GetProperty("Privileged").GetBoolean());
        }
    }

    [Fact]
    public async Task A_container_s_user_can_write_to_its_volume_and_to_memory_alone()
    {
        await guarded.Cluster.AwaitWholeAsync(TestContext.Current.CancellationToken);
        foreach (string container in guarded.Containers)
        {
            // Stays on the root, but names the places where something else is mounted.
            string[] found = (await guarded.ExecuteAsync(container, "find / -xdev -writable ! -type l 2>/dev/null || true")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            string[] expected = container == "haproxy" ? ["/tmp"] : container.StartsWith("etcd", StringComparison.Ordinal) ? ["/tmp", "/var/lib/etcd"] : ["/run/postgresql", "/tmp", "/var/lib/postgresql"];
            string[] mounted = [.. (await guarded.ExecuteAsync(container, "cut -d ' ' -f 5 /proc/self/mountinfo")).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
            Assert.Equal(expected, found.Where(path => !path.StartsWith("/dev", StringComparison.Ordinal) && !path.StartsWith("/proc", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            Assert.Empty(expected.Except(mounted));
        }
    }

    [Fact]
    public async Task Every_port_that_a_container_listens_on_is_known()
    {
        await guarded.Cluster.AwaitWholeAsync(TestContext.Current.CancellationToken);
        foreach (string container in guarded.Containers)
        {
            string table = await guarded.ExecuteAsync(container, "cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6");
            int[] open = [.. table.Split('\n').Select(Socket).OfType<int>().Distinct().Order()];
            Assert.Equal(Listening[container], open);
        }

        // The port of a listening TCP or bound UDP socket that more than the container itself reaches: 127.0.0.11 is the engine's own name server.
        static int? Socket(string line)
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 4 || columns[3] is not ("0A" or "07") || columns[1].Split(':') is not [var address, var port])
            {
                return null;
            }

            bool isLoopback = address.Length == 8 ? address.EndsWith("7F", StringComparison.Ordinal) : address == "00000000000000000000000001000000";
            return isLoopback ? null : int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task What_is_published_on_the_host_is_on_loopback()
    {
        foreach (string container in guarded.Containers)
        {
            JsonElement ports = (await guarded.InspectAsync(container)).GetProperty("NetworkSettings").GetProperty("Ports");
            var published = new List<int>();
            foreach (JsonProperty port in ports.EnumerateObject().Where(port => port.Value.ValueKind == JsonValueKind.Array))
            {
                published.Add(int.Parse(port.Name.Split('/')[0], CultureInfo.InvariantCulture));
                Assert.All(port.Value.EnumerateArray(), binding => Assert.True(IPAddress.IsLoopback(IPAddress.Parse(binding.GetProperty("HostIp").GetString()!)), $"{container}: {binding}"));
            }

            // The app host and the probe, which are processes of the host, need all but etcd's peers.
            Assert.Equal(Listening[container].Where(port => port != 2380), published.Order());
        }
    }
}
