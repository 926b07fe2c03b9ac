namespace HaPgAspire.Hosting;

/// <summary>The end of a node's container, as the engine reports it: its first process has ended, and with it every process in its namespace.</summary>
/// <param name="Node">The node.</param>
/// <param name="ResourceId">The engine's name for the instance.</param>
/// <param name="IsCrash">Whether nobody asked for it: no stop came before, and the container did not end with exit code 0.</param>
/// <param name="RanFor">How long it had been running.</param>
internal sealed record NodeExit(PatroniNodeResource Node, string ResourceId, bool IsCrash, TimeSpan RanFor);
