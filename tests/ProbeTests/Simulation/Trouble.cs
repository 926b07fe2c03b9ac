namespace HaPgAspire.ProbeTests.Simulation;

/// <summary>What the fake front door does in a window of time.</summary>
public enum Trouble
{
    /// <summary>It refuses connections at once.</summary>
    Refuse,

    /// <summary>Connections get no answer until the attempt gives up.</summary>
    Hang,

    /// <summary>The server is read-only.</summary>
    ReadOnly,

    /// <summary>COMMIT waits until the window ends, or the attempt gives up first.</summary>
    Stall,

    /// <summary>The connection breaks during COMMIT: half of the rows are there.</summary>
    Unacknowledge,

    /// <summary>Everything is acknowledged, a good deal later: no outage.</summary>
    Delay,

    /// <summary>Every second COMMIT breaks, the others are acknowledged: no outage.</summary>
    Flicker,
}

/// <summary>A window of trouble.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="From">When it begins, since the beginning of the world.</param>
/// <param name="To">When it ends.</param>
/// <param name="LostAtEnd">How many of the last acknowledged writes are gone when it ends.</param>
public sealed record Window(Trouble Kind, TimeSpan From, TimeSpan To, int LostAtEnd)
{
    /// <summary>Nothing is acknowledged in it.</summary>
    public bool IsOutage => Kind is not (Trouble.Delay or Trouble.Flicker);
}
