using HaPgAspire.Probe.Engine;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Routes;
using HaPgAspire.Probe.Telemetry;
using HaPgAspire.Probe.Verify;
using HaPgAspire.ProbeTests.Simulation;

namespace HaPgAspire.ProbeTests.Telemetry;

/// <summary>A front door in memory that can be broken and mended.</summary>
internal sealed class BreakableAccess(AttemptSpans spans) : IClusterAccess, IAsyncDisposable
{
    private readonly FakeDatabase _database = new();

    /// <summary>Attempts fail.</summary>
    public bool IsBroken { get; set; }

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public IReadOnlyList<IRoute> OpenRoutes(Guid ledger) => [new Route(this)];

    public IWriteStore OpenStore(Guid ledger) => _database;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private WriteAttempt Write(long id)
    {
        using var span = spans.Start(RouteKind.FrontDoor, LoadKind.Write);
        if (IsBroken)
        {
            return new WriteAttempt
            {
                Outcome = AttemptOutcome.Failed,
                Error = "ConnectionRefused",
                Span = span.End(AttemptOutcome.Failed, "ConnectionRefused", null),
            };
        }

        lock (_database)
        {
            _database.Commit(_database.Begin(), RouteKind.FrontDoor, id);
        }

        return new WriteAttempt { Outcome = AttemptOutcome.Acknowledged, Server = "one:5432", Timeline = 5 };
    }

    private sealed class Route(BreakableAccess access) : IRoute
    {
        public RouteKind Kind => RouteKind.FrontDoor;

        public TimeSpan ConnectTimeout => TimeSpan.FromMilliseconds(500);

        public bool CanRead => false;

        public Task<WriteAttempt> WriteAsync(long id, CancellationToken cancellationToken) => Task.FromResult(access.Write(id));

        public Task<ReadAttempt> ReadAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("No reads here.");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
