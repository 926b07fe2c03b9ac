using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;
using YamlDotNet.RepresentationModel;

namespace HaPgAspire.UnitTests.Publishing.Vms;

public sealed class VmPublisherTests
{
    // Azure takes at most 65,535 bytes (87,380 characters of base64), and the fetching of secrets adds some 3 KB.
    private const int LargestUserData = 58 * 1024;

    private static readonly string[] Unwritten = ["user-data", ".gitignore", "patroni-node", "patroni-launcher.py", "post-bootstrap", "etcd-access", "hapg"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_guides_machines_are_published_as_checked_in() =>
        await GoldenFolder.MatchAsync(Golden("guide"), Particular(VmPublisher.Files(VmSample.Cluster, VmInventory.Guide(), null), "data-node1", "etcd", "haproxy"), ".");

    [Fact]
    public async Task Every_choice_of_the_inventory_is_published_as_checked_in() =>
        await GoldenFolder.MatchAsync(Golden("everything"), Particular(VmPublisher.Files(VmSample.Cluster, VmSample.Everything, null), "db1", "door2"), ".");

    [Fact]
    public async Task The_same_input_gives_the_same_bytes_and_keeps_the_passwords()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync(VmInventory.Guide(), folder.Path);
        Dictionary<string, string> first = await ReadAllAsync(folder.Path);
        await PublishAsync(VmInventory.Guide(), folder.Path);

        Assert.Equal(first, await ReadAllAsync(folder.Path));
        Assert.Contains("secrets.env", first.Keys);
    }

    [Fact]
    public async Task Two_folders_get_different_passwords()
    {
        using var one = new TemporaryFolder();
        using var other = new TemporaryFolder();
        await PublishAsync(VmInventory.Guide(), one.Path);
        await PublishAsync(VmInventory.Guide(), other.Path);

        string[] passwords = [.. Passwords(one), .. Passwords(other)];
        Assert.Equal(2 * VmPublisher.SecretNames(VmSample.Cluster.Options).Count, passwords.Distinct().Count());
        Assert.All(passwords, password => Assert.Equal(32, password.Length));
    }

    [Fact]
    public async Task Without_being_asked_no_password_is_made()
    {
        using var folder = new TemporaryFolder();
        await VmPublisher.PublishAsync(VmSample.Cluster, VmInventory.Guide(), generateSecrets: false, folder.Path, Token);

        Assert.False(File.Exists(folder["secrets.env"]));
        Assert.Contains("Publish:GenerateSecrets=true", await File.ReadAllTextAsync(folder["README.md"], Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passwords_are_in_the_files_made_for_them_and_nobody_else_can_read_those()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes");
            return;
        }

        using var folder = new TemporaryFolder();
        await PublishAsync(VmInventory.Guide(), folder.Path);
        string[] passwords = Passwords(folder);

        var holders = new List<string>();
        foreach ((string path, string text) in await ReadAllAsync(folder.Path))
        {
            UnixFileMode mode = File.GetUnixFileMode(folder[path]);
            if (passwords.Any(password => text.Contains(password, StringComparison.Ordinal)))
            {
                holders.Add(path);
                Assert.Equal(PublishedFile.SecretMode, mode);
            }
            else
            {
                Assert.Equal(path.EndsWith(".sh", StringComparison.Ordinal) && !path.EndsWith("machine.sh", StringComparison.Ordinal) ? PublishedFile.ProgramMode : PublishedFile.ReadableMode, mode);
            }
        }

        Assert.Equal(
            ["machines/data-node1/user-data", "machines/data-node2/user-data", "machines/data-node3/user-data", "machines/haproxy/user-data", "secrets.env"],
            holders.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("PATRONI_REWIND_PASSWORD", null, "has no PATRONI_REWIND_PASSWORD")]
    [InlineData("PATRONI_REWIND_PASSWORD", "short", "at least 12")]
    [InlineData("PATRONI_REWIND_PASSWORD", "'quoted-password'", "without quotes")]
    public async Task Passwords_that_cannot_be_used_are_refused_by_name(string name, string? value, string expected)
    {
        using var folder = new TemporaryFolder();
        string text = string.Concat(VmPublisher.SecretNames(VmSample.Cluster.Options)
            .Select(other => (Name: other, Value: other == name ? value : VmSample.Password(other)))
            .Where(secret => secret.Value is not null)
            .Select(secret => $"{secret.Name}={secret.Value}\n"));
        await PublishedFolder.WriteAsync(folder.Path, [PublishedFile.FromText("secrets.env", text, PublishedFile.SecretMode)], [], Token);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => PublishAsync(VmInventory.Guide(), folder.Path));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("quoted-password", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passwords_that_others_can_read_are_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes");
        using var folder = new TemporaryFolder();
        await PublishedFolder.WriteAsync(folder.Path, [PublishedFile.FromText("secrets.env", VmSample.Secrets)], [], Token);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => PublishAsync(VmInventory.Guide(), folder.Path));
        Assert.Contains("chmod 600", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_left_the_inventory_leaves_the_folder_and_nothing_else_does()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync(VmInventory.Guide(), folder.Path);
        await File.WriteAllTextAsync(folder["notes.txt"], "mine", Token);
        await PublishAsync(VmInventory.Guide(["data-node1", "data-node2"]), folder.Path);

        Assert.False(Directory.Exists(folder["machines/data-node3"]));
        Assert.True(File.Exists(folder["machines/data-node2/installer/install.sh"]));
        Assert.True(File.Exists(folder["notes.txt"]));
    }

    [Fact]
    public void A_changed_option_reaches_the_machines()
    {
        VmCluster changed = VmSample.Cluster with
        {
            Options = new ClusterOptions { Tls = true, Ttl = 47, HAProxy = new HAProxyOptions { ReadWritePort = 6000, ReadOnlyPort = 0 }, Etcd = new EtcdOptions { ElectionTimeoutMs = 1234 } },
        };
        Dictionary<string, string> files = VmPublisher.Files(changed, VmInventory.Guide(), null).ToDictionary(file => file.Path, file => file.Text);

        Assert.Contains("ttl: 47\n", files["machines/data-node2/installer/files/etc/patroni/config.yml"], StringComparison.Ordinal);
        Assert.Contains("ttl: 47\n", files["machines/data-node2/installer/files/etc/patroni/dynamic.yml"], StringComparison.Ordinal);
        Assert.Contains("bind *:6000\n", files["machines/haproxy/installer/files/etc/haproxy/haproxy.cfg"], StringComparison.Ordinal);
        Assert.Contains("bind *:5001\n", files["machines/haproxy/installer/files/etc/haproxy/haproxy.cfg"], StringComparison.Ordinal);
        Assert.Contains("tcp dport { 6000, 5001 }", files["machines/haproxy/installer/files/etc/hapg/firewall.nft"], StringComparison.Ordinal);
        Assert.Contains("election-timeout: 1234\n", files["machines/etcd/installer/files/etc/etcd/etcd.yml"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SynchronousMode.Quorum, true)]
    [InlineData(SynchronousMode.Strict, true)]
    [InlineData(SynchronousMode.On, false)]
    [InlineData(SynchronousMode.Off, false)]
    public void Ubuntus_own_patroni_is_refused_where_it_is_too_old(SynchronousMode mode, bool refused)
    {
        VmInventory inventory = VmInventory.Guide() with { Packages = VmPackageSource.Distribution, PostgresVersion = 16 };
        Exception? exception = Record.Exception(() => VmPublisher.Files(VmSample.Cluster with { Options = new ClusterOptions { Tls = true, Synchronous = mode } }, inventory, null));

        Assert.Equal(refused, exception is ClusterException);
        Assert.True(refused || exception is null);
    }

    [Fact]
    public void The_user_data_carries_the_installer_and_runs_it()
    {
        foreach (VmInventory inventory in new[] { VmInventory.Guide(), VmSample.Everything })
        {
            IReadOnlyList<PublishedFile> files = VmPublisher.Files(VmSample.Cluster, inventory, VmSample.Secrets);
            foreach (VmMachine machine in inventory.Machines)
            {
                string text = files.Single(file => file.Path == $"machines/{machine.Name}/user-data").Text;
                Assert.StartsWith("#cloud-config\n", text, StringComparison.Ordinal);
                Assert.True(text.Length < LargestUserData, $"the user data of {machine.Name} has {text.Length} bytes");
                YamlMappingNode root = Yaml(text);
                Dictionary<string, YamlMappingNode> carried = ((YamlSequenceNode)root["write_files"]).Cast<YamlMappingNode>().ToDictionary(file => file["path"].ToString());

                string prefix = $"machines/{machine.Name}/installer/";
                PublishedFile[] installer = [.. files.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal))];
                foreach (PublishedFile file in installer)
                {
                    YamlMappingNode written = carried[$"/var/lib/hapg/installer/{file.Path[prefix.Length..]}"];
                    Assert.Equal(file.Text, PackedFiles.Content(written));
                    Assert.Equal(file.Mode == PublishedFile.ProgramMode ? "0700" : "0600", written["permissions"].ToString());
                }

                IReadOnlyList<string> secrets = VmPublisher.SecretNamesFor(machine, VmSample.Cluster.Options);
                Assert.Equal(secrets.Count > 0, carried.TryGetValue(VmPublisher.SecretsPath, out YamlMappingNode? own));
                Assert.Equal(secrets, (own?["content"].ToString() ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]));
                Assert.Equal(installer.Length + (secrets.Count > 0 ? 1 : 0), carried.Count);
                Assert.Equal(["bash", "/var/lib/hapg/installer/install.sh", "--wait", "900"], Arguments(((YamlSequenceNode)root["runcmd"]).Last()));
                Assert.Equal(machine.DataDisk is not null, root.Children.ContainsKey("fs_setup"));
            }
        }
    }

    [Fact]
    public void Another_target_can_bring_the_passwords_in_its_own_way()
    {
        const string Script = "set -e\ncat >/tmp/x <<'END'\n  'quotes' and \"more\"\nEND\n";
        string text = VmPublisher.UserData(VmSample.Cluster, VmInventory.Guide(), VmInventory.Guide().Machines[0], [["bash", "-c", Script]]);

        var commands = (YamlSequenceNode)Yaml(text)["runcmd"];
        Assert.Equal(["bash", "-c", Script], Arguments(commands[0]));
        Assert.Equal(2, commands.Count());
        Assert.DoesNotContain(VmPublisher.SecretsPath + "\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_TLS_nothing_is_said_of_it()
    {
        IReadOnlyList<PublishedFile> files = VmPublisher.Files(VmSample.Cluster with { Options = new ClusterOptions() }, VmSample.Everything, null);

        Assert.DoesNotContain(files, file => file.Path.Contains("certificates", StringComparison.Ordinal));
        foreach (PublishedFile file in files.Where(file => file.Path.Contains("/files/etc/", StringComparison.Ordinal) || file.Path.EndsWith("machine.conf", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain("/tls/", file.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("https", file.Text.Replace("https://patroni.readthedocs.io/", "", StringComparison.Ordinal).Replace("https://etcd.io/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.Contains("TLS='no'\n", files.Single(file => file.Path == "machines/db1/installer/machine.conf").Text, StringComparison.Ordinal);
        Assert.Contains("**Not encrypted**", files.Single(file => file.Path == "README.md").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_can_check_every_server_by_the_names_that_they_use()
    {
        string[] list = VmPublisher.Files(VmSample.Cluster with { FrontDoors = ["db.example.com"] }, VmSample.Everything, null)
            .Single(file => file.Path == "certificates.list").Text.Split('\n');

        string node = Assert.Single(list, line => line.StartsWith("db2/data/server.pem;", StringComparison.Ordinal));
        foreach (string name in new[] { "DNS:db2", "IP:10.0.0.12", "DNS:door1", "IP:10.0.0.31", "IP:10.0.0.32", "IP:10.0.0.30", "DNS:db.example.com", "IP:127.0.0.1" })
        {
            Assert.Contains(name, node.Split(';')[4].Split(','));
        }

        Assert.Contains("db2/data/client.pem;;365;clientAuth;;OU=patroni-postgres", list);
        Assert.Contains("observer/client.pem;;365;clientAuth;;OU=observer", list);
        Assert.StartsWith("ca.crt;;3650;", list[1], StringComparison.Ordinal);
        Assert.Single(list, line => line.StartsWith("db1/etcd/server.pem;;365;serverAuth,clientAuth;", StringComparison.Ordinal) && line.EndsWith(";OU=db1", StringComparison.Ordinal));
        Assert.Single(list, line => line.StartsWith("door1/haproxy/server.pem;;365;serverAuth;", StringComparison.Ordinal));
    }

    private static string Golden(string name) => Path.Combine(Repository.Root, "tests", "UnitTests", "Publishing", "Vms", "Golden", name);

    // One machine of each kind, and of it what is written for it: the scripts are checked in already, and the user data repeats the installer.
    private static IReadOnlyCollection<PublishedFile> Particular(IReadOnlyList<PublishedFile> files, params string[] machines) =>
    [
        .. files.Where(file =>
            (!file.Path.StartsWith("machines/", StringComparison.Ordinal) || machines.Contains(file.Path.Split('/')[1]))
            && !file.Path.EndsWith(".sh", StringComparison.Ordinal)
            && !Unwritten.Contains(file.Path[(file.Path.LastIndexOf('/') + 1)..])),
    ];

    private static Task PublishAsync(VmInventory inventory, string folder) => VmPublisher.PublishAsync(VmSample.Cluster, inventory, generateSecrets: true, folder, Token);

    private static string[] Passwords(TemporaryFolder folder) =>
        [.. File.ReadLines(folder["secrets.env"]).Where(line => !line.StartsWith('#')).Select(line => line.Split('=', 2)[1])];

    private static async Task<Dictionary<string, string>> ReadAllAsync(string folder)
    {
        var files = new Dictionary<string, string>();
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            files[Path.GetRelativePath(folder, path).Replace('\\', '/')] = await File.ReadAllTextAsync(path, Token);
        }

        return files;
    }

    private static YamlMappingNode Yaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    private static string[] Arguments(YamlNode command) => [.. ((YamlSequenceNode)command).Select(argument => argument.ToString())];
}
