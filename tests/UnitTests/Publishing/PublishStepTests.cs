using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>The steps as a user runs them, on the repository's own graph.</summary>
public sealed class PublishStepTests
{
    [Fact]
    public async Task Publish_writes_every_target_and_the_same_bytes_each_time()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync("publish", folder["first"]);
        await PublishAsync("publish", folder["second"]);
        IReadOnlyList<PublishedFile> first = PublishedTree.Read(folder["first"]);

        Assert.Equal(["azure", "compose", "vms"], first.Select(file => file.Path.Split('/')[0]).Distinct().Order());
        // The path from azure.yaml to the project is the same from both folders.
        Assert.Empty(PublishedTree.Differences(first, PublishedTree.Read(folder["second"])));

        await PublishAsync("publish", folder["first"]);
        Assert.Empty(PublishedTree.Differences(first, PublishedTree.Read(folder["first"])));
    }

    [Theory]
    [InlineData("publish-compose", "compose", "docker-compose.yaml")]
    [InlineData("publish-vms", "vms", "README.md")]
    [InlineData("publish-azure", "azure", "azure.yaml")]
    public async Task A_step_writes_its_target_alone(string step, string target, string file)
    {
        using var folder = new TemporaryFolder();
        await PublishAsync(step, folder.Path);

        Assert.Equal([target], Directory.EnumerateDirectories(folder.Path).Select(path => Path.GetFileName(path)));
        Assert.True(File.Exists(folder[$"{target}/{file}"]));
    }

    [Fact]
    public async Task The_checked_in_Azure_folder_is_up_to_date()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync("publish-azure", folder.Path);
        string path = Path.GetRelativePath(folder["azure"], Path.Combine(Repository.Root, "Probe")).Replace('\\', '/');
        IReadOnlyList<PublishedFile> files =
        [
            .. PublishedTree.Read(folder["azure"]).Select(file => file.Path == "azure.yaml"
                ? PublishedFile.FromText(file.Path, file.Text.Replace(path, "./Probe", StringComparison.Ordinal))
                : file),
        ];

        await GoldenFolder.MatchAsync(Repository.Root, files, AzureFiles.InfraFolder);
        // Azure takes no more than 64 KB of custom data, and the placeholders grow.
        Assert.All(files.Where(file => file.Path.Contains("cloud-init", StringComparison.Ordinal)), file => Assert.InRange(file.Content.Length, 1000, 60_000));
    }

    [Fact]
    public async Task The_compose_target_is_as_checked_in()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync("publish-compose", folder.Path);
        // The name .env would be hidden from git, and the project's program is not text.
        IReadOnlyList<PublishedFile> files =
        [
            .. PublishedTree.Read(folder["compose"])
                .Where(file => !file.Path.Contains("/app/", StringComparison.Ordinal) && !file.Path.EndsWith(".sh", StringComparison.Ordinal) && !file.Path.StartsWith(ComposeGraph.ImagesFolder, StringComparison.Ordinal) && file.Path != ".gitignore")
                .Select(file => file.Path == ".env" ? PublishedFile.FromText("env", file.Text) : file),
        ];

        await GoldenFolder.MatchAsync(
            Path.Combine(Repository.Root, "tests", "UnitTests", "Publishing", "Golden", "compose"), files, ComposeGraph.FilesFolder, ComposeGraph.ProjectsFolder);
    }

    [Fact]
    public async Task The_build_context_and_the_program_are_copied_whole()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync("publish-compose", folder.Path);

        foreach (string name in new[] { "Dockerfile", "etcd-access", "etcd-node", "patroni-launcher.py", "patroni-node", "post-bootstrap", "slow-link.py", "vital-signs" })
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "Hosting", "Images", name), TestContext.Current.CancellationToken),
                await File.ReadAllBytesAsync(folder[$"compose/images/cluster/{name}"], TestContext.Current.CancellationToken));
        }

        Assert.True(File.Exists(folder["compose/projects/probe/app/HaPgAspire.Probe.dll"]));
        Assert.True(File.Exists(folder["compose/projects/probe/app/HaPgAspire.Probe.runtimeconfig.json"]));
        Assert.True(File.Exists(folder["compose/projects/probe/app/Npgsql.dll"]));
        Assert.Empty(Directory.EnumerateFiles(folder["compose/projects/probe/app"], "*.pdb"));
    }

    [Fact]
    public async Task A_changed_option_changes_every_target()
    {
        using var folder = new TemporaryFolder();
        await PublishAsync("publish", folder.Path, "--Cluster:Ttl=47", "--Cluster:Postgres:Parameters:work_mem=13MB", "--Cluster:HAProxy:CheckIntervalMs=777", "--Cluster:Failover:ServerPollMs=77");

        foreach (string path in new[] { "compose/files/data-node2/etc/patroni/patroni.yml", "azure/infra/cloud-init/data-node2.yaml", "vms/machines/data-node2/user-data" })
        {
            string text = await File.ReadAllTextAsync(folder[path], TestContext.Current.CancellationToken);
            Assert.Contains("ttl: 47", text, StringComparison.Ordinal);
            Assert.Contains("work_mem: 13MB", text, StringComparison.Ordinal);
        }

        foreach (string path in new[] { "compose/docker-compose.yaml", "azure/infra/cloud-init/data-node2.yaml", "vms/machines/data-node2/user-data" })
        {
            Assert.Matches("CLUSTER_SERVER_POLL_MS(=|: \"?)77\\b", await File.ReadAllTextAsync(folder[path], TestContext.Current.CancellationToken));
        }

        foreach (string path in new[] { "compose/files/haproxy/etc/haproxy/haproxy.cfg", "azure/infra/cloud-init/haproxy.yaml", "vms/machines/haproxy/user-data" })
        {
            Assert.Contains("inter 777ms", await File.ReadAllTextAsync(folder[path], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Secrets_are_in_the_files_made_for_them_and_nowhere_else()
    {
        const string Canary = "Canary0that1must2not3be4published5";
        using var folder = new TemporaryFolder();
        // What the app host itself would use is no business of a target.
        AppHostProcess.Result result = await AppHostProcess.RunAsync(
            new Dictionary<string, string> { ["Parameters__postgres-password"] = Canary },
            ["--operation", "publish", "--step", "publish", "--output-path", folder.Path, "--Publish:GenerateSecrets=true"]);
        Assert.True(result.ExitCode == 0, result.Errors);

        IReadOnlyList<PublishedFile> files = PublishedTree.Read(folder.Path);
        List<PublishedFile> secretFiles = [.. files.Where(file => file.Mode == PublishedFile.SecretMode)];
        List<string> secrets = [.. secretFiles.SelectMany(file => Values(file)).Distinct()];
        // The seven passwords of the cluster in both targets, the probe's token, and the dashboard's key and token.
        Assert.Equal(7 + 7 + 1 + 2, secrets.Count);
        Assert.Equal(
            [
                "compose/.env", "vms/machines/data-node1/user-data", "vms/machines/data-node2/user-data", "vms/machines/data-node3/user-data",
                "vms/machines/haproxy/user-data", "vms/secrets.env",
            ],
            secretFiles.Select(file => file.Path));
        foreach (PublishedFile file in files.Except(secretFiles))
        {
            Assert.DoesNotContain(secrets, secret => file.Text.Contains(secret, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(files, file => file.Text.Contains(Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(secrets.Append(Canary), secret => (result.Output + result.Errors).Contains(secret, StringComparison.Ordinal));

        // The second time keeps what the first made.
        await PublishAsync("publish", folder.Path, "--Publish:GenerateSecrets=true");
        Assert.Empty(PublishedTree.Differences(files, PublishedTree.Read(folder.Path)));

        static IEnumerable<string> Values(PublishedFile file) => file.Path.EndsWith(".env", StringComparison.Ordinal)
            ? file.Text.Split('\n').Where(line => !line.StartsWith('#')).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2 && pair[1].Length == ComposeVariables.SecretLength && pair[1].All(char.IsAsciiLetterOrDigit)).Select(pair => pair[1])
            : [];
    }

    [Fact]
    public async Task Files_can_be_read_by_all_or_by_nobody_else()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The file system has no modes.");
        using var folder = new TemporaryFolder();
        await PublishAsync("publish", folder.Path);

        foreach (PublishedFile file in PublishedTree.Read(folder.Path))
        {
            UnixFileMode expected = file.Path switch
            {
                "compose/.env" => PublishedFile.SecretMode,
                _ when file.Path.EndsWith(".sh", StringComparison.Ordinal) && !file.Path.EndsWith("/machine.sh", StringComparison.Ordinal) => PublishedFile.ProgramMode,
                _ => PublishedFile.ReadableMode,
            };
            Assert.True(file.Mode == expected, $"{file.Path} has mode {file.Mode}, not {expected}");
        }
    }

    [Theory]
    [InlineData("publish-azure", "--Publish:Azure:EtcdMembers=2", "error: The options cannot be used: Publish:Azure:EtcdMembers is 2")]
    [InlineData("publish-vms", "--Publish:Inventory=nowhere.yaml", "nowhere.yaml cannot be read")]
    [InlineData("publish-compose", "--Cluster:Ttl=5", "Cluster:Ttl")]
    public async Task An_error_is_one_sentence_and_an_exit_code(string step, string argument, string part)
    {
        using var folder = new TemporaryFolder();
        AppHostProcess.Result result = await AppHostProcess.PublishAsync(step, folder.Path, argument);

        Assert.Equal(1, result.ExitCode);
        string sentence = Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Contains(part, sentence, StringComparison.Ordinal);
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        Assert.Empty(PublishedTree.Read(folder.Path));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_one_sentence()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], string.Empty, TestContext.Current.CancellationToken);
        AppHostProcess.Result result = await AppHostProcess.PublishAsync("publish-azure", folder["file"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error: Cannot publish to", result.Errors, StringComparison.Ordinal);
    }

    private static async Task PublishAsync(string step, string folder, params string[] arguments)
    {
        AppHostProcess.Result result = await AppHostProcess.PublishAsync(step, folder, arguments);
        Assert.True(result.ExitCode == 0, $"{step} ended with {result.ExitCode}:\n{result.Output}\n{result.Errors}");
    }
}
