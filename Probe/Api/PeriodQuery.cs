using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Xml;
using HaPgAspire.Probe.Model;

namespace HaPgAspire.Probe.Api;

/// <summary>How a caller names a period.</summary>
/// <param name="From">Its start.</param>
/// <param name="To">Its end.</param>
/// <param name="Last">Its length.</param>
internal readonly record struct PeriodQuery(
    [property: Description("Start of the period, ISO 8601. Without it: `last` before the end.")] DateTimeOffset? From,
    [property: Description("End of the period, ISO 8601. Without it: now.")] DateTimeOffset? To,
    [property: Description("Length of the period, an ISO 8601 duration such as PT15M, or `all` for everything since the ledger began. Default PT1H.")]
    string? Last)
{
    private static readonly TimeSpan Default = TimeSpan.FromHours(1);

    /// <summary>The period that is meant, cut to what the probe has seen.</summary>
    public bool TryResolve(ProbeStatus status, out Period period, [NotNullWhen(false)] out string? problem)
    {
        period = default;
        var to = (To ?? status.At).ToUniversalTime();
        DateTimeOffset from;
        if (Last is null)
        {
            from = From?.ToUniversalTime() ?? to - Default;
        }
        else if (From is not null)
        {
            problem = "Give either 'from' or 'last', not both.";
            return false;
        }
        else if (Last == "all")
        {
            from = status.LedgerCreatedAt;
        }
        else if (TryDuration(Last, out var length) && to - DateTimeOffset.MinValue > length)
        {
            from = to - length;
        }
        else
        {
            problem = "'last' must be an ISO 8601 duration above zero, such as PT15M, or 'all'.";
            return false;
        }

        from = from < status.LedgerCreatedAt ? status.LedgerCreatedAt : from;
        to = to > status.At ? status.At : to;
        if (from >= to)
        {
            problem = $"The period must begin before it ends and overlap what the probe has seen: {status.LedgerCreatedAt:u} to {status.At:u}.";
            return false;
        }

        problem = null;
        period = new Period(from, to);
        return true;
    }

    private static bool TryDuration(string text, out TimeSpan duration)
    {
        try
        {
            duration = XmlConvert.ToTimeSpan(text);
            return duration > TimeSpan.Zero;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            duration = default;
            return false;
        }
    }
}
