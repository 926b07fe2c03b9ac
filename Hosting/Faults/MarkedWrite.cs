namespace HaPgAspire.Hosting;

/// <summary>A write of the watch that a server acknowledged. Times are on one monotonic clock.</summary>
/// <param name="Id">The number of the row.</param>
/// <param name="Node">The node that was written to directly; <see langword="null"/> for one through the front door.</param>
/// <param name="Timeline">The timeline that the server was on.</param>
/// <param name="Sent">When the statement was sent.</param>
/// <param name="Acknowledged">When the server's answer was there.</param>
internal sealed record MarkedWrite(long Id, string? Node, int Timeline, TimeSpan Sent, TimeSpan Acknowledged)
{
    /// <summary>Where it went.</summary>
    public string Way => Node ?? "the front door";
}
