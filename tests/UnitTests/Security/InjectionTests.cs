using System.Diagnostics;
using System.Text;
using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;
using HaPgAspire.UnitTests.Publishing;
using Microsoft.Extensions.Configuration;
using YamlDotNet.RepresentationModel;

namespace HaPgAspire.UnitTests.Security;

/// <summary>What a person or a script puts into an option stays what it is in every file, or is refused by name.</summary>
public sealed class InjectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Each would end a value, start another one or be executed, if somebody pasted it into a file.</summary>
    public static TheoryData<string> Nasty { get; } =
    [
        "a\nb", "a\r\nb", "a\0b", "a\u001b[2Jb", "a\u0085b", "a\u2028b", "a b", "a\tb", "'a'", "\"a\"", "a'b", "a\"b", "a;b", "a#b", " #b", "a\\b", "a\\", "$HOME", "${HOME}", "$(id)", "`id`",
        "%s%n", "%%", "a=b", "a:b: c", "{a}", "[a]", "- a", "& a", "*a", "!a", "|", ">", "../../etc/passwd", "-e", "--privileged", "a,b", "a|b", "ü", "数据", "\ud83d\ude00", "\ud83d", "\ufeffa", "", " ",
    ];

    /// <summary>The nasty ones that fit on one line.</summary>
    public static TheoryData<string> NastyLines { get; } = [.. Nasty.Select(row => row.Data).Where(OneLine.Holds)];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Nasty))]
    public void A_name_that_is_special_anywhere_is_refused_by_name_and_bounds(string value)
    {
        (string Name, string Bounds, Func<string, ClusterOptions> With)[] options =
        [
            ("Cluster:Scope is", "1 to 63", text => new ClusterOptions { Scope = text }),
            ("Cluster:Namespace is", "1 to 63", text => new ClusterOptions { Namespace = text }),
            ("Cluster:Namespace is", "1 to 63", text => new ClusterOptions { Namespace = text.All(character => char.IsAsciiLetterOrDigit(character) || character == '-') ? "/" : "/" + text }),
            ("Cluster:Postgres:ApplicationRole is", "1 to 63", text => new ClusterOptions { Postgres = new() { ApplicationRole = text } }),
            ("Cluster:Postgres:Parameters has", "letters, digits, '_' and '.'", text => new ClusterOptions { Postgres = new() { Parameters = new Dictionary<string, string> { [text] = "1" } } }),
        ];
        foreach ((string name, string bounds, Func<string, ClusterOptions> with) in options)
        {
            string error = Assert.Single(ClusterOptionsValidation.Validate(with(value)));
            Assert.StartsWith(name, error, StringComparison.Ordinal);
            Assert.Contains(bounds, error, StringComparison.Ordinal);
        }

        Assert.False(ClusterOptionsValidation.IsNodeName(value));
        Assert.False(ClusterOptionsValidation.IsDatabaseName(value));
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Nasty))]
    public void A_base_image_is_a_name_of_an_image_or_refused(string value)
    {
        // A registry's port and a path are part of such names; nothing in them is special to a Dockerfile's ARG or to compose.
        if (value is "a:b: c" || !value.All(character => char.IsAsciiLetterOrDigit(character) || "._/:@-".Contains(character, StringComparison.Ordinal)) || value.Length == 0 || value[0] is '-' or '.')
        {
            Assert.StartsWith("Cluster:BaseImage is", Assert.Single(ClusterOptionsValidation.Validate(new ClusterOptions { BaseImage = value })), StringComparison.Ordinal);
        }
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Nasty))]
    public void A_number_or_a_port_is_a_number_and_nothing_else(string value)
    {
        string[] keys = ["Ttl", "MaximumLagOnFailover", "Failsafe", "Synchronous", "Postgres:MaxConnections", "Etcd:Members", "HAProxy:ReadWritePort", "HAProxy:StatisticsPort", "HAProxy:CheckIntervalMs"];
        foreach (string key in keys)
        {
            foreach (string text in (string[])[value, "1" + value])
            {
                IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"Cluster:{key}", text)]).Build();
                var errors = new List<string>();
                ClusterOptionsReader.Read(configuration.GetSection(ClusterOptions.SectionName), new ClusterOptions(), errors);
                if (text != "1" || key is "Failsafe" or "Synchronous")
                {
                    Assert.StartsWith($"Cluster:{key} is ", Assert.Single(errors), StringComparison.Ordinal);
                }
            }
        }
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(NastyLines))]
    public void A_PostgreSQL_parameter_is_in_patroni_yml_what_was_given(string value)
    {
        var options = new ClusterOptions { Postgres = new() { Parameters = new Dictionary<string, string> { ["log_line_prefix"] = value, ["search_path"] = "x" + value } } };
        Assert.Empty(ClusterOptionsValidation.Validate(options));
        foreach (YamlNode parameters in (YamlNode[])
        [
            Parse(PatroniYaml.Write(options, Node))["bootstrap"]["dcs"]["postgresql"]["parameters"], Parse(PatroniYaml.WriteDynamic(options))["postgresql"]["parameters"],
        ])
        {
            Assert.Equal(value, ((YamlScalarNode)parameters["log_line_prefix"]).Value);
            Assert.Equal("x" + value, ((YamlScalarNode)parameters["search_path"]).Value);
            Assert.Equal(PostgresParameters.For(new PostgresOptions()).Count + 2, ((YamlMappingNode)parameters).Children.Count);
        }
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Nasty))]
    public void A_PostgreSQL_parameter_of_several_lines_is_refused_by_name(string value)
    {
        IReadOnlyList<string> errors = ClusterOptionsValidation.Validate(
            new ClusterOptions { Postgres = new() { Parameters = new Dictionary<string, string> { ["log_line_prefix"] = value } } });
        Assert.Equal(OneLine.Holds(value) ? [] : ["Cluster:Postgres:Parameters:log_line_prefix must be one line of well-formed text without control characters"], errors);
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Nasty))]
    public async Task A_password_is_carried_as_it_is_or_refused_without_being_shown(string value)
    {
        string password = value + "12345678" + value;
        string? error = await ErrorOfAsync("postgres-password", password);
        if (error is null)
        {
            // What a client makes of the connection string, which quotes nothing.
            Assert.Equal(password, new Npgsql.NpgsqlConnectionStringBuilder($"Host=h;Port=1;Username=app;Password={password};Database=appdb").Password);
        }
        else
        {
            Assert.StartsWith("the parameter postgres-password must ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("12345678", error, StringComparison.Ordinal);
        }

        // The others stand in no connection string.
        string[] names =
        [
            "postgres-replication-password", "postgres-rewind-password", "postgres-monitoring-password", "postgres-rest-password", "postgres-etcd-password",
            "postgres-statistics-password",
        ];
        foreach (string name in names)
        {
            string? bounds = !OneLine.Holds(password) ? "must be one line of well-formed text without control characters"
                : name.Contains("-re", StringComparison.Ordinal) && !name.Contains("rest", StringComparison.Ordinal) && !password.All(char.IsAscii)
                    ? "must be ASCII, because Patroni makes this role itself and can give it no other password"
                    : null;
            Assert.Equal(bounds is null ? null : $"the parameter {name} {bounds}.", await ErrorOfAsync(name, password));
        }
    }

    [Fact]
    public async Task A_password_that_Aspire_would_take_for_a_template_is_refused() => Assert.Equal(
        "the parameter postgres-rest-password must not hold '{{', which begins a template where Aspire's orchestrator passes on environment variables.",
        await ErrorOfAsync("postgres-rest-password", "12{{1}}34"));

    [Fact]
    public async Task A_short_password_is_refused() =>
        Assert.Equal("the parameter postgres-rest-password must be 8 to 200 characters long.", await ErrorOfAsync("postgres-rest-password", "1234567"));

    [Fact]
    public async Task An_empty_password_is_one_that_was_not_given() => Assert.Null(await ErrorOfAsync("postgres-rest-password", string.Empty));

    [Fact]
    public void Haproxy_cfg_has_the_words_that_were_meant_and_takes_one_value_from_the_environment()
    {
        string name = new('n', 63);
        string text = HAProxyConfiguration.Write(new ClusterOptions(), new HAProxySurroundings { Members = [new PatroniMember { Name = name, Host = name }] });
        List<(string[] Words, string[] Variables)> lines = [.. text.Split('\n').Select(Tokenize).Where(line => line.Words.Length > 0)];
        Assert.Equal(["user", "statistics", "insecure-password", "<value>"], Assert.Single(lines, line => line.Variables.Length > 0).Words);
        Assert.Equal(["CLUSTER_STATISTICS_PASSWORD"], lines.SelectMany(line => line.Variables));
        Assert.Equal(2, lines.Count(line => line.Words.SequenceEqual(["server", name, $"{name}:5432", "check", "port", "8008"])));

        // Order matters: what comes before the question for the password is open to everybody.
        List<string> page = [.. lines.SkipWhile(line => line.Words is not ["frontend", "statistics"]).Select(line => string.Join(' ', line.Words))];
        int gate = page.IndexOf("http-request auth realm statistics unless { http_auth(statistics) }");
        Assert.Equal(["http-request return status 200 content-type text/plain string alive if { path /alive }"], page.Take(gate).Where(line => line.StartsWith("http-request", StringComparison.Ordinal)));
        Assert.Contains("stats hide-version", page);
    }

    [Fact]
    public async Task Files_that_a_shell_reads_say_what_was_meant()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The files are for machines with bash.");
        string longest = "Z" + new string('z', 60) + "-.";
        var cluster = new VmCluster
        {
            Scope = "s-_9",
            Databases = ["appdb", "_A.b-c", longest],
            Options = new ClusterOptions { Postgres = new() { ApplicationRole = "app_9", Parameters = new Dictionary<string, string> { ["log_line_prefix"] = "$(touch injected) `touch injected` '\"\\ %m" } } },
        };
        using var folder = new TemporaryFolder();
        await VmPublisher.PublishAsync(cluster, VmInventory.Guide(), generateSecrets: true, folder.Path, Cancellation);
        string installer = folder["machines/data-node1/installer"];
        string output = await BashAsync(
            installer, "set -eu; . ./machine.conf; . ./files/etc/patroni/cluster.env; printf '%s|' \"$MACHINE\" \"$CLUSTER_APPLICATION_USERNAME\" $CLUSTER_APPLICATION_DATABASES \"$DATA_DIRECTORY\"; ls");
        Assert.StartsWith($"data-node1|app_9|{string.Join('|', cluster.Databases)}|/var/lib/postgresql/17/s-_9|", output, StringComparison.Ordinal);
        Assert.DoesNotContain("injected", output, StringComparison.Ordinal);
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Nasty))]
    public async Task Machines_are_not_published_with_names_that_a_shell_would_read_as_something_else(string value)
    {
        using var folder = new TemporaryFolder();
        var valid = new VmCluster { Scope = "postgres", Databases = ["appdb"], Options = new ClusterOptions() };
        foreach (VmCluster cluster in (VmCluster[])[valid with { Databases = [value] }, valid with { Scope = value }, valid with { Options = new ClusterOptions { Postgres = new() { ApplicationRole = value } } }])
        {
            await Assert.ThrowsAsync<ClusterException>(() => VmPublisher.PublishAsync(cluster, VmInventory.Guide(), generateSecrets: true, folder.Path, Cancellation));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static PatroniNodeConfiguration Node { get; } = new() { Member = new PatroniMember { Name = "data-node1", Host = "data-node1" }, Scope = "postgres", EtcdHosts = ["etcd:2379"] };

    private static async Task<string?> ErrorOfAsync(string parameter, string value)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        builder.Configuration[$"Parameters:{parameter}"] = value;
        builder.AddPatroniCluster("postgres", builder.AddEtcd("etcd"));
        try
        {
            await ClusterSecretsValidation.ThrowIfInvalidAsync(new DistributedApplicationModel(builder.Resources), Cancellation);
            return null;
        }
        catch (ClusterException error)
        {
            return error.Message;
        }
    }

    private static YamlNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Single().RootNode;
    }

    /// <summary>Splits a line as HAProxy does (its configuration manual, 2.2): quotes, escapes, comments, and variables in double quotes.</summary>
    private static (string[] Words, string[] Variables) Tokenize(string line)
    {
        var words = new List<string>();
        var variables = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        for (int index = 0; index < line.Length; index++)
        {
            char character = line[index];
            if (quote == '\0' && character is ' ' or '\t')
            {
                End();
            }
            else if (quote == '\0' && character == '#')
            {
                break;
            }
            else if (character == '\\' && quote != '\'')
            {
                inWord = true;
                word.Append(line[++index]);
            }
            else if (character is '"' or '\'' && (quote == '\0' || quote == character))
            {
                inWord = true;
                quote = quote == '\0' ? character : '\0';
            }
            else if (quote == '"' && character == '$')
            {
                int end = line.IndexOf('}', index);
                variables.Add(line[(index + 2)..end]);
                word.Append("<value>");
                index = end;
            }
            else
            {
                inWord = true;
                word.Append(character);
            }
        }

        Assert.Equal('\0', quote);
        End();
        return ([.. words], [.. variables]);

        void End()
        {
            if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
    }

    private static async Task<string> BashAsync(string folder, string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }
}
