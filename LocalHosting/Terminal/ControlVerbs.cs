using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace HaPgAspire.LocalHosting.Terminal;

/// <param name="ProjectDirectory">The app host project that the verb was started from.</param>
/// <param name="Output">What the user asked for.</param>
/// <param name="Error">What happened: messages and failures.</param>
/// <param name="Style">How tables and colours look on <paramref name="Output"/>.</param>
internal sealed record VerbContext(string ProjectDirectory, ControlDirectory Directory, TextWriter Output, TextWriter Error, TerminalStyle Style);

/// <summary>The verbs of the Aspire command line by which a second terminal looks at a running app host and steers it.</summary>
internal static class ControlVerbs
{
    // The order of a stop is the app host's: a member's own stop may take its stop timeout.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(2);

    private static readonly Dictionary<string, string> AppHostOption = new() { ["--apphost"] = "apphost", ["--project"] = "apphost" };
    private static readonly Dictionary<string, string> FormatOptions = new(AppHostOption) { ["--format"] = "format" };

    private static readonly (string, string) AppHostHelp =
        ("--apphost <path|pid>", "The app host's project file or directory, or its process id; needed when several run");

    private static readonly (string, string) FollowHelp = ("-f, --follow", "Go on with what comes until Ctrl-C");

    private static readonly (string, string) FormatHelp = ("--format <table|json>", "JSON as the Aspire command line writes it");

    private static readonly (string, string) HiddenHelp = ("--include-hidden", "Hidden resources, too");

    private static readonly Dictionary<string, (VerbSyntax Syntax, Func<VerbContext, VerbArguments, CancellationToken, Task<int>> Run)> Verbs = new()
    {
        ["resource"] = (
            new VerbSyntax("<resource> <command> [--<argument> <value>…]", "Runs a command of a resource.", 2, Flags("include-hidden"), AppHostOption, [AppHostHelp]) { PassesRest = true },
            ResourceAsync),
        ["describe"] = (
            new VerbSyntax("[<resource>] [options]", "Shows the resources.", 1, Flags("follow", "include-hidden"), FormatOptions, [FollowHelp, FormatHelp, HiddenHelp, AppHostHelp]),
            DescribeAsync),
        ["logs"] = (
            new VerbSyntax(
                "[<resource>] [options]",
                "Shows the resources' console output.",
                1,
                Flags("follow", "timestamps", "include-hidden"),
                new Dictionary<string, string>(FormatOptions) { ["--tail"] = "tail", ["-n"] = "tail" },
                [FollowHelp, ("-n, --tail <lines>", "Begin with the last lines"), ("-t, --timestamps", "With the time of each line"), FormatHelp, AppHostHelp]),
            LogsAsync),
        ["ps"] = (
            new VerbSyntax("[options]", "Lists the running app hosts.", 0, Flags(), new Dictionary<string, string> { ["--format"] = "format" }, [FormatHelp]),
            ListAppHostsAsync),
        ["stop"] = (
            new VerbSyntax("[options]", "Stops a running app host and waits for its end.", 0, Flags("all"), AppHostOption, [("--all", "All running app hosts"), AppHostHelp]),
            StopAsync),
    };

    /// <summary>Whether a command line begins with one of the verbs.</summary>
    public static bool IsVerb(IReadOnlyList<string> arguments) => arguments.Count > 0 && Verbs.ContainsKey(Canonical(arguments[0]));

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, VerbContext context, CancellationToken cancellationToken)
    {
        var verb = Canonical(arguments[0]);
        var (syntax, run) = Verbs[verb];
        try
        {
            var parsed = VerbArguments.Parse(syntax, [.. arguments.Skip(1)]);
            if (parsed.Has("help"))
            {
                await context.Output.WriteLineAsync(HelpOf(verb, syntax));
                return ExitCodes.Success;
            }

            return await run(context, parsed, cancellationToken);
        }
        catch (TerminalException failed)
        {
            await context.Error.WriteLineAsync(failed.Message);
            return failed.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }
    }

    private static async Task<int> ResourceAsync(VerbContext context, VerbArguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Positionals.Count < 2)
        {
            throw new TerminalException(
                $"{(arguments.Positionals.Count == 0 ? "A resource" : "A command")} is missing: resource <resource> <command>.", ExitCodes.InvalidCommand);
        }

        var client = await PickAsync(context, arguments, cancellationToken);
        var resource = CommandLookup.Find(await ResourcesAsync(client, cancellationToken), arguments.Positionals[0]);
        var command = CommandLookup.Find(resource, arguments.Positionals[1]);
        var request = new ControlRequest(ControlVerb.Execute)
        {
            Resource = resource.Name,
            Command = command.Name,
            Arguments = CommandArguments.Parse(command, arguments.Rest),
        };
        CommandOutcome? outcome = null;
        await foreach (var response in client.SendAsync(request, cancellationToken))
        {
            outcome = response.Outcome;
        }

        if (outcome?.Data is { Length: > 0 } data)
        {
            await context.Output.WriteLineAsync(data);
        }

        var message = outcome?.Message is { Length: > 0 } text ? text : null;
        await context.Error.WriteLineAsync(outcome switch
        {
            { Success: true } => message ?? $"Command '{command.Name}' executed successfully on resource '{resource.Name}'.",
            { Canceled: true } => $"Command '{command.Name}' on resource '{resource.Name}' was cancelled.",
            _ => $"Command '{command.Name}' failed on resource '{resource.Name}': {message ?? "no reason was given"}",
        });
        return outcome is { Success: true } ? ExitCodes.Success : ExitCodes.ResourceCommandFailed;
    }

    private static async Task<int> DescribeAsync(VerbContext context, VerbArguments arguments, CancellationToken cancellationToken)
    {
        var json = IsJson(arguments);
        var client = await PickAsync(context, arguments, cancellationToken);
        var resources = await ResourcesAsync(client, cancellationToken);
        var only = arguments.Positionals is [var name] ? CommandLookup.Find(resources, name).Name : null;
        if (arguments.Has("follow"))
        {
            return await FollowAsync(context, client, row => IsWanted(row), json, cancellationToken);
        }

        var wanted = resources.Where(IsWanted).ToList();
        await context.Output.WriteLineAsync(json
            ? JsonSerializer.Serialize(new ResourcesJson([.. wanted.Select(ResourceJson.From)]), OutputJson.Document.ResourcesJson)
            : context.Style.Render(ResourceTable.Create(wanted, context.Style, withType: true)));
        return ExitCodes.Success;

        bool IsWanted(ResourceRow row) => only is null ? !row.IsHidden || arguments.Has("include-hidden") : row.Name == only;
    }

    private static async Task<int> FollowAsync(
        VerbContext context,
        ControlClient client,
        Func<ResourceRow, bool> isWanted,
        bool json,
        CancellationToken cancellationToken)
    {
        var shown = new Dictionary<string, string>();
        await ReadUntilEndAsync(context, client, new ControlRequest(ControlVerb.Resources) { Follow = true }, async response =>
        {
            if (response.Resource is { } row && isWanted(row))
            {
                var line = json ? JsonSerializer.Serialize(ResourceJson.From(row), OutputJson.Line.ResourceJson) : ResourceTable.Line(row, context.Style);
                if (shown.GetValueOrDefault(row.Name) != line)
                {
                    shown[row.Name] = line;
                    await context.Output.WriteLineAsync(line);
                }
            }
        }, cancellationToken);
        return ExitCodes.Success;
    }

    private static async Task<int> LogsAsync(VerbContext context, VerbArguments arguments, CancellationToken cancellationToken)
    {
        var json = IsJson(arguments);
        var follow = arguments.Has("follow");
        int? tail = arguments.Value("tail") is not { } lines ? null
            : int.TryParse(lines, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count
            : throw new TerminalException("The --tail value must be a positive number.", ExitCodes.InvalidCommand);
        var client = await PickAsync(context, arguments, cancellationToken);
        var resources = await ResourcesAsync(client, cancellationToken);
        var only = arguments.Positionals is [var name] ? CommandLookup.Find(resources, name).Name : null;
        var request = new ControlRequest(ControlVerb.Logs) { Resource = only, Follow = follow, Tail = tail };
        var hidden = only is null && !arguments.Has("include-hidden")
            ? resources.Where(resource => resource.IsHidden).Select(resource => resource.Name).ToHashSet()
            : [];
        var collected = new List<LogLineJson>();
        await ReadUntilEndAsync(context, client, request, async response =>
        {
            if (response.Log is not { } row || hidden.Contains(row.Resource))
            {
                return;
            }

            var time = arguments.Has("timestamps") && row.Timestamp is { } stamp
                ? stamp.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffK", CultureInfo.InvariantCulture)
                : null;
            var line = new LogLineJson(row.Resource, time, row.Text, row.IsError);
            if (json && !follow)
            {
                collected.Add(line);
                return;
            }

            await context.Output.WriteLineAsync(json
                ? JsonSerializer.Serialize(line, OutputJson.Line.LogLineJson)
                : $"{(time is null ? "" : time + " ")}[{row.Resource}] {(context.Style.Ansi ? row.Text : TerminalText.Plain(row.Text))}");
        }, cancellationToken);
        if (json && !follow)
        {
            await context.Output.WriteLineAsync(JsonSerializer.Serialize(new LogsJson(collected), OutputJson.Document.LogsJson));
        }

        return ExitCodes.Success;
    }

    private static async Task<int> ListAppHostsAsync(VerbContext context, VerbArguments arguments, CancellationToken cancellationToken)
    {
        var json = IsJson(arguments);
        var running = await ControlClient.FindAsync(context.Directory, cancellationToken);
        if (json)
        {
            IReadOnlyList<AppHostJson> list = [.. running.Select(client => new AppHostJson(client.AppHost.AppHostPath, client.AppHost.AppHostPid, "running"))];
            await context.Output.WriteLineAsync(JsonSerializer.Serialize(list, OutputJson.Document.IReadOnlyListAppHostJson));
        }
        else if (running.Count == 0)
        {
            await context.Error.WriteLineAsync("No app host is running.");
        }
        else
        {
            await context.Output.WriteLineAsync(context.Style.Render(ResourceTable.Create(running.Select(client => client.AppHost), context.Style)));
        }

        return ExitCodes.Success;
    }

    private static async Task<int> StopAsync(VerbContext context, VerbArguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Has("all") && arguments.Value("apphost") is not null)
        {
            throw new TerminalException("--all and --apphost exclude each other.", ExitCodes.InvalidCommand);
        }

        IReadOnlyList<ControlClient> clients = arguments.Has("all")
            ? await ControlClient.FindAsync(context.Directory, cancellationToken)
            : [await PickAsync(context, arguments, cancellationToken)];
        var exitCodes = await Task.WhenAll(clients.Select(client => StopAsync(context, client, cancellationToken)));
        return exitCodes.Append(ExitCodes.Success).Max();
    }

    private static async Task<int> StopAsync(VerbContext context, ControlClient client, CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{client.AppHost.AppHostPath} (PID {client.AppHost.AppHostPid})");
        await context.Error.WriteLineAsync($"Stopping {name}...");
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StopTimeout);
        try
        {
            using var process = TryGetProcess(client.AppHost.AppHostPid);
            await ReadUntilEndAsync(context, client, new ControlRequest(ControlVerb.Stop), _ => Task.CompletedTask, timeout.Token);
            if (process is not null)
            {
                await process.WaitForExitAsync(timeout.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await context.Error.WriteLineAsync($"{name} has not stopped within {StopTimeout.TotalSeconds:0} s.");
            return ExitCodes.ResourceCommandFailed;
        }

        await context.Error.WriteLineAsync($"{name} stopped.");
        return ExitCodes.Success;
    }

    private static Process? TryGetProcess(int processId)
    {
        try
        {
            return Process.GetProcessById(processId);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static async Task<ControlClient> PickAsync(VerbContext context, VerbArguments arguments, CancellationToken cancellationToken) =>
        AppHostChoice.Pick(await ControlClient.FindAsync(context.Directory, cancellationToken), context.ProjectDirectory, arguments.Value("apphost"));

    private static async Task<IReadOnlyList<ResourceRow>> ResourcesAsync(ControlClient client, CancellationToken cancellationToken)
    {
        var rows = new List<ResourceRow>();
        await foreach (var response in client.SendAsync(new ControlRequest(ControlVerb.Resources), cancellationToken))
        {
            rows.Add(response.Resource!);
        }

        return rows;
    }

    // An app host that ends while it is watched is the normal end of the watch, as is Ctrl-C.
    private static async Task ReadUntilEndAsync(
        VerbContext context,
        ControlClient client,
        ControlRequest request,
        Func<ControlResponse, Task> use,
        CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var response in client.SendAsync(request, cancellationToken))
            {
                await use(response);
            }
        }
        catch (AppHostLeftException left) when (request.Follow)
        {
            await context.Error.WriteLineAsync(left.Message);
        }
        catch (AppHostLeftException) when (request.Verb == ControlVerb.Stop)
        {
            return;
        }
        catch (OperationCanceledException) when (request.Follow && cancellationToken.IsCancellationRequested)
        {
            return;
        }
    }

    private static bool IsJson(VerbArguments arguments) => arguments.Value("format")?.ToUpperInvariant() switch
    {
        null or "TABLE" => false,
        "JSON" => true,
        _ => throw new TerminalException($"--format cannot be '{arguments.Value("format")}'; expected table or json.", ExitCodes.InvalidCommand),
    };

    private static Dictionary<string, string> Flags(params ReadOnlySpan<string> names)
    {
        var flags = new Dictionary<string, string> { ["--help"] = "help", ["-h"] = "help", ["-?"] = "help" };
        foreach (var name in names)
        {
            flags["--" + name] = name;
            if (name is "follow" or "timestamps")
            {
                flags["-" + name[0]] = name;
            }
        }

        return flags;
    }

    private static string HelpOf(string verb, VerbSyntax syntax)
    {
        var width = syntax.Help.Max(entry => entry.Option.Length);
        return string.Join(
            Environment.NewLine,
            [syntax.Summary, "", $"  {verb} {syntax.Usage}", "", .. syntax.Help.Select(entry => $"  {entry.Option.PadRight(width)}  {entry.Meaning}")]);
    }

    // The Aspire command line knows `describe` by this name as well.
    private static string Canonical(string verb) => verb == "resources" ? "describe" : verb;
}
