using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Load;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;

namespace HaPgAspire.Probe.Engine;

/// <summary>What the engine works with.</summary>
internal sealed record EngineParts(
    ProbeOptions Options,
    Ledger Ledger,
    ProbeState State,
    ProbeClock Clock,
    TimelineMark Timeline,
    ProbeMetrics Metrics,
    OutageTraces Traces,
    Random Random,
    ILogger Logger);
