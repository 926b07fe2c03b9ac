namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>How the model compares names.</summary>
internal static class Comparers
{
    public static readonly StringComparer ResourceName = StringComparer.OrdinalIgnoreCase;

    public static readonly StringComparer EndpointName = StringComparer.OrdinalIgnoreCase;

    public static readonly StringComparer CommandName = StringComparer.Ordinal;

    public static readonly StringComparer InputName = StringComparer.OrdinalIgnoreCase;
}
