using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HaPgAspire.LocalHosting.Terminal;

/// <summary>What the terminal can show.</summary>
/// <param name="Ansi">Colours and cursor movement.</param>
/// <param name="Unicode">Box-drawing and other characters beyond ASCII.</param>
/// <param name="Width">In columns.</param>
internal sealed record TerminalStyle(bool Ansi, bool Unicode, int Width)
{
    // A file or pipe has no width; tables should not be broken for it.
    private const int UnboundWidth = 200;

    /// <summary>For a stream of this process.</summary>
    /// <param name="redirected">Whether the stream goes to a file or pipe.</param>
    public static TerminalStyle Detect(bool redirected)
    {
        var interactive = !redirected && IsInteractive(Environment.GetEnvironmentVariable) && AnsiConsole.Console.Profile.Capabilities.Ansi;
        return new TerminalStyle(interactive, Console.OutputEncoding.CodePage == Encoding.UTF8.CodePage, redirected ? UnboundWidth : ConsoleWidth());
    }

    /// <summary>Whether the environment allows more than plain lines: not with TERM=dumb, NO_COLOR or CI.</summary>
    public static bool IsInteractive(Func<string, string?> environment) =>
        environment("TERM") is not "dumb" && string.IsNullOrEmpty(environment("NO_COLOR")) && string.IsNullOrEmpty(environment("CI"));

    /// <summary>Renders to text, lines parted by '\n', without a line end after the last.</summary>
    public string Render(IRenderable renderable)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Ansi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = Ansi ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Math.Max(Width, 20);
        console.Profile.Capabilities.Unicode = Unicode;
        console.Profile.Capabilities.Links = false;
        console.Write(renderable);
        return string.Join('\n', text.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()));
    }

    private static int ConsoleWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
