using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.State;
using HaPgAspire.Probe.Telemetry;

namespace HaPgAspire.Probe.Load;

/// <summary>What all loads share.</summary>
internal sealed record LoadParts(
    Ledger Ledger,
    ProbeClock Clock,
    ProbeMetrics Metrics,
    TimelineMark Timeline,
    IOutageSink Sink,
    Action<LatencySample> Sampled,
    Random Random,
    ILogger Logger);
