using System.Text;

namespace HaPgAspire.UnitTests.LocalTerminal;

/// <summary>Collects lines and tells when a certain one is there.</summary>
internal sealed class LineWatch(string awaited) : TextWriter
{
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<string> Lines { get; } = [];

    public Task Seen => _seen.Task;

    public override Encoding Encoding => Encoding.UTF8;

    public override Task WriteLineAsync(string? value)
    {
        Lines.Add(value ?? "");
        if (value == awaited)
        {
            _seen.TrySetResult();
        }

        return Task.CompletedTask;
    }
}
