using System.Globalization;
using System.Runtime.CompilerServices;
using Docker.DotNet;

namespace HaPgAspire.LocalHosting.Docker;

/// <param name="Follow">Go on until the container stops.</param>
/// <param name="Timestamps">Give each line the time at which the engine got it.</param>
/// <param name="Tail">Only the last lines of what is there; null is all.</param>
/// <param name="Since">Only what the engine got at or after this time; exact with <paramref name="Timestamps"/>, else up to a second earlier.</param>
internal sealed record LogOptions(bool Follow = false, bool Timestamps = false, int? Tail = null, DateTimeOffset? Since = null);

internal sealed partial class DockerEngine
{
    private const int LogBufferSize = 16 * 1024;

    /// <summary>A container's standard output and error, line by line in the order in which the engine got them.</summary>
    /// <remarks>While following, Docker may leave out a last line without a line end; reading the log afterwards gives it.</remarks>
    /// <exception cref="ContainerGoneException">There is no such container.</exception>
    public async IAsyncEnumerable<ContainerLogLine> ReadLogsAsync(
        string id,
        LogOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stream = await OpenLogsAsync(id, options, cancellationToken);
        var output = new LogLineSplitter(isError: false, options.Timestamps);
        var error = new LogLineSplitter(isError: true, options.Timestamps);
        var buffer = new byte[LogBufferSize];
        while (true)
        {
            var count = 0;
            var splitter = output;
            try
            {
                var read = await stream.ReadOutputAsync(buffer, 0, buffer.Length, cancellationToken);
                count = read.Count;
                splitter = read.Target == MultiplexedStream.TargetStream.StandardError ? error : output;
            }
            catch (Exception broken) when (broken is IOException or ObjectDisposedException)
            {
                // The container was removed, or the engine went away: what was read stays valid.
                LogAlreadyDone(_logger, $"Reading the logs of container {id}");
            }

            if (count == 0)
            {
                break;
            }

            foreach (var line in splitter.Add(buffer.AsSpan(0, count)).Where(IsWanted))
            {
                yield return line;
            }
        }

        foreach (var line in output.End().Concat(error.End()).Where(IsWanted))
        {
            yield return line;
        }

        // Podman counts in whole seconds.
        bool IsWanted(ContainerLogLine line) => options.Since is not { } since || line.Timestamp is not { } time || time >= since;
    }

    private async Task<MultiplexedStream> OpenLogsAsync(string id, LogOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(
                $"Reading the logs of container {id}",
                token => _client.Containers.GetContainerLogsAsync(
                    id,
                    new()
                    {
                        ShowStdout = true,
                        ShowStderr = true,
                        Follow = options.Follow,
                        Timestamps = options.Timestamps,
                        Tail = options.Tail?.ToString(CultureInfo.InvariantCulture),
                        Since = options.Since is { } since ? Seconds(since) : null,
                    },
                    token),
                cancellationToken);
        }
        catch (EngineException failed) when (failed.InnerException is DockerContainerNotFoundException)
        {
            throw new ContainerGoneException(id, failed);
        }
    }

    // One tick earlier: the engine counts in nanoseconds, of which a parsed timestamp may have been rounded up.
    private static string Seconds(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"{((time - DateTimeOffset.UnixEpoch).Ticks - 1) / (decimal)TimeSpan.TicksPerSecond:0.0000000}");
}
