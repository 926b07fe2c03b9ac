using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>A line of a resource's console log; the content starts with the time it was written (UTC, round-trip format).</summary>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>The resources' console logs.</summary>
public class ResourceLoggerService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new(Comparers.ResourceName);

    public ILogger GetLogger(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return GetLogger(resource.Name);
    }

    public ILogger GetLogger(string resourceName) => Log(resourceName);

    /// <summary>The lines there are.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return GetAllAsync(resource.Name);
    }

    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        await Task.CompletedTask;
        yield return [.. Log(resourceName).Lines().Select(Public)];
    }

    /// <summary>The lines there are, and those that come, until the log is completed.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return WatchAsync(resource.Name);
    }

    public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName)
    {
        await foreach (var batch in Log(resourceName).WatchAsync())
        {
            yield return [.. batch.Select(Public)];
        }
    }

    public void Complete(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        Complete(resource.Name);
    }

    public void Complete(string name) => Log(name).Complete();

    public void Dispose()
    {
        foreach (var log in _logs.Values)
        {
            log.Complete();
        }

        GC.SuppressFinalize(this);
    }

    private static LogLine Public(ResourceLogLine line) =>
        new(line.Number, $"{line.Time.ToString("O", CultureInfo.InvariantCulture)} {line.Text}", line.IsError);

    internal ResourceLog Log(string resourceName) => _logs.GetOrAdd(resourceName, static _ => new ResourceLog());
}
