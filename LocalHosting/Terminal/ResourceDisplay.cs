namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>Chooses how a run is shown.</summary>
internal static class ResourceDisplay
{
    /// <summary>
    /// A live table on an interactive terminal; plain lines where standard output goes elsewhere, or TERM=dumb, NO_COLOR or CI
    /// ask for them.
    /// </summary>
    /// <param name="plain">Plain lines in any case: for a run whose own output goes to the terminal.</param>
    public static IResourceDisplay Create(bool plain = false)
    {
        var style = TerminalStyle.Detect(Console.IsOutputRedirected);
        return style.Ansi && !plain
            ? new LiveDisplay(Console.Out, style, LiveDisplay.ConsoleSize, TimeProvider.System)
            : new PlainDisplay(Console.Out, style with { Ansi = false }, TimeProvider.System);
    }
}
