namespace HaPgAspire.Hosting;

/// <summary>Whether Patroni arms the kernel's watchdog, which resets the machine when the leader's Patroni hangs for longer than its lease.</summary>
public enum PatroniWatchdog
{
    /// <summary>No watchdog: the right choice in a container, which must not reset its host.</summary>
    Off,

    /// <summary>Used where the device is there.</summary>
    Automatic,

    /// <summary>Without it the member does not become leader.</summary>
    Required,
}
