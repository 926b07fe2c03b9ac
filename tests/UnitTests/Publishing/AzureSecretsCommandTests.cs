using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Text;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing;

/// <summary>Runs the command of a machine's first boot against a metadata service and a key vault that are stood in for.</summary>
public sealed class AzureSecretsCommandTests
{
    [Fact]
    public async Task Fetches_the_secrets_into_a_file_that_only_its_owner_reads()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || !IsInstalled("bash") || !IsInstalled("curl") || !IsInstalled("python3"), "The command is for machines with bash, curl and python3.");
        using var folder = new TemporaryFolder();
        await using var azure = new FakeAzure();
        string path = folder["installer/secrets.env"];

        (int exitCode, string output) = await RunAsync(AzureSecretsCommand.Write(path, [("A_PASSWORD", "a-secret"), ("B_PASSWORD", "b-secret")], null), azure);

        Assert.True(exitCode == 0, output);
        Assert.Equal("A_PASSWORD=value-of-a-secret\nB_PASSWORD=value-of-b-secret\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(PublishedFile.SecretMode, Assert.Single(PublishedTree.Read(folder.Path)).Mode);
        Assert.DoesNotContain("value-of", output, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeAzure.Token, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unpacks_the_certificates_of_a_machine_without_passwords()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || !IsInstalled("bash") || !IsInstalled("curl") || !IsInstalled("python3"), "The command is for machines with bash, curl and python3.");
        using var folder = new TemporaryFolder();
        await using var azure = new FakeAzure();

        (int exitCode, string output) = await RunAsync(AzureSecretsCommand.Write(folder["secrets.env"], [], (folder["certificates"], FakeAzure.Archive)), azure);

        Assert.True(exitCode == 0, output);
        PublishedFile certificate = Assert.Single(PublishedTree.Read(folder.Path));
        Assert.Equal(("certificates/etcd/server.pem", FakeAzure.ArchivedText, PublishedFile.SecretMode), (certificate.Path, certificate.Text, certificate.Mode));
    }

    [Fact]
    public void The_command_holds_no_more_than_names()
    {
        IReadOnlyList<string> command = AzureSecretsCommand.Write("/path", [("A_PASSWORD", "a-secret")], null);

        Assert.Equal(["bash", "-c"], command.Take(2));
        Assert.Contains("A_PASSWORD a-secret\n", command[2], StringComparison.Ordinal);
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> command, FakeAzure azure)
    {
        string script = command[2]
            .Replace("http://169.254.169.254", azure.Address, StringComparison.Ordinal)
            .Replace(AzurePlaceholders.KeyVaultUri, azure.Address + "/", StringComparison.Ordinal)
            .Replace(AzurePlaceholders.IdentityClientId, FakeAzure.ClientId, StringComparison.Ordinal)
            .Replace("sleep 10", "sleep 0.1", StringComparison.Ordinal);
        var start = new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await errors);
    }

    /// <summary>Answers as the metadata service and the key vault do; refuses the first request for a secret, as a new role assignment is not known at once.</summary>
    private sealed class FakeAzure : IAsyncDisposable
    {
        public const string Token = "token-of-the-identity";
        public const string ClientId = "client-1";

        /// <summary>The name of a secret that is an archive.</summary>
        public const string Archive = "archive";

        /// <summary>What is in the archive's only file.</summary>
        public const string ArchivedText = "certificate";

        private readonly HttpListener _listener = new();
        private readonly Task _serving;
        private bool _refused;

        public FakeAzure()
        {
            // HttpListener cannot take port 0.
            for (int port = 20000 + Environment.ProcessId % 20000; ; port++)
            {
                try
                {
                    _listener.Prefixes.Clear();
                    _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                    _listener.Start();
                    Address = $"http://127.0.0.1:{port}";
                    break;
                }
                catch (HttpListenerException) when (port < 60000)
                {
                }
            }

            _serving = ServeAsync();
        }

        public string Address { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                (int status, string answer) = Answer(context.Request);
                context.Response.StatusCode = status;
                context.Response.Close(Encoding.UTF8.GetBytes(answer), willBlock: false);
            }
        }

        private (int Status, string Answer) Answer(HttpListenerRequest request)
        {
            string path = request.Url!.AbsolutePath;
            if (path == "/metadata/identity/oauth2/token")
            {
                return request.Headers["Metadata"] == "true" && request.QueryString["client_id"] == ClientId && request.QueryString["resource"] == "https://vault.azure.net"
                    ? (200, $$"""{"access_token":"{{Token}}"}""")
                    : (400, "{}");
            }

            if (!_refused)
            {
                _refused = true;
                return (403, "{}");
            }

            if (request.Headers["Authorization"] != $"Bearer {Token}" || !path.StartsWith("/secrets/", StringComparison.Ordinal))
            {
                return (401, "{}");
            }

            string name = path["/secrets/".Length..];
            return (200, $$"""{"value":"{{(name == Archive ? Archived() : "value-of-" + name)}}"}""");
        }

        // As the hook before provisioning writes it.
        private static string Archived()
        {
            using var packed = new MemoryStream();
            using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            using (var writer = new TarWriter(zip))
            {
                using var text = new MemoryStream(Encoding.UTF8.GetBytes(ArchivedText));
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "./etcd/server.pem") { DataStream = text, Mode = PublishedFile.SecretMode });
            }

            return Convert.ToBase64String(packed.ToArray());
        }
    }
}
