using System.Diagnostics;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Load;

/// <summary>Takes the outages that the loads find.</summary>
internal interface IOutageSink
{
    /// <summary>An outage has become long enough to be called one.</summary>
    void Opened(RouteKind route, LoadKind load, Gap gap);

    /// <summary>An outage is over; it may never have been opened when it was short.</summary>
    void Closed(RouteKind route, LoadKind load, Gap gap);

    /// <summary>An outage was over before it was known to be one; another may be open by now.</summary>
    void Found(RouteKind route, LoadKind load, Gap gap);

    /// <summary>An attempt failed; its span may be linked to the outage.</summary>
    void Failed(RouteKind route, LoadKind load, DateTimeOffset at, bool unknown, ActivityContext span);
}
