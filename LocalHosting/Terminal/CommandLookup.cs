namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>Finds what a user names, or says what there is instead.</summary>
internal static class CommandLookup
{
    /// <exception cref="TerminalException">There is no such resource; the message lists those that there are.</exception>
    public static ResourceRow Find(IReadOnlyList<ResourceRow> resources, string name) =>
        resources.FirstOrDefault(resource => string.Equals(resource.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new TerminalException(
            $"There is no resource '{name}'; there are {List(resources.Where(resource => !resource.IsHidden).Select(resource => resource.Name))}.",
            ExitCodes.NotFound);

    /// <exception cref="TerminalException">The resource has no such command, or not now; the message lists those that it has.</exception>
    public static ResourceRowCommand Find(ResourceRow resource, string name)
    {
        var command = resource.Commands.FirstOrDefault(command => string.Equals(command.Name, name, StringComparison.OrdinalIgnoreCase));
        if (command is { Enabled: true })
        {
            return command;
        }

        var enabled = List(resource.Commands.Where(other => other.Enabled).Select(other => other.Name));
        throw new TerminalException(
            command is null
                ? $"Resource '{resource.Name}' has no command '{name}'; it has {enabled}."
                : $"Command '{command.Name}' of resource '{resource.Name}' cannot be run while its state is '{resource.State ?? "unknown"}'; these can: {enabled}.",
            ExitCodes.ResourceCommandFailed);
    }

    private static string List(IEnumerable<string> names) =>
        string.Join(", ", names.Order(StringComparer.OrdinalIgnoreCase)) is { Length: > 0 } list ? list : "none";
}
