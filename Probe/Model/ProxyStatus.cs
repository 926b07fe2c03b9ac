namespace HaPgAspire.Probe.Model;

/// <summary>HAProxy as its statistics show it.</summary>
/// <param name="Reachable">Its statistics listener answered the last request.</param>
/// <param name="Routes">Its listeners or back ends with servers, such as the read-write and the read-only one.</param>
/// <param name="LastSeen">Its last answer, UTC; null before the first.</param>
public sealed record ProxyStatus(bool Reachable, IReadOnlyList<ProxyRoute> Routes, DateTimeOffset? LastSeen);

/// <summary>One listener or back end of HAProxy.</summary>
/// <param name="Name">HAProxy's proxy name.</param>
/// <param name="Open">At least one server is up, so that clients get through.</param>
/// <param name="Sessions">Current sessions.</param>
/// <param name="Servers">Its servers, in HAProxy's order.</param>
public sealed record ProxyRoute(string Name, bool Open, int Sessions, IReadOnlyList<ProxyServer> Servers);

/// <summary>One server of a HAProxy route.</summary>
/// <param name="Name">HAProxy's server name; by convention the node's name.</param>
/// <param name="Up">Its health check passes: traffic may go there.</param>
/// <param name="Status">HAProxy's own words, such as `UP`, `DOWN 1/2`, `MAINT`.</param>
/// <param name="CheckStatus">The last check's result, such as `L7OK`; null when there is none.</param>
/// <param name="Sessions">Current sessions.</param>
/// <param name="SecondsSinceChange">Seconds since it last went up or down.</param>
public sealed record ProxyServer(string Name, bool Up, string Status, string? CheckStatus, int Sessions, long SecondsSinceChange);
