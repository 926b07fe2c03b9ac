namespace HaPgAspire.Hosting.Publishing;

/// <summary>The bounds of <see cref="AzureOptions"/>.</summary>
internal static class AzureOptionsValidation
{
    public static OptionBounds DataDiskSizeGb { get; } = new(32, 32767, "GiB");

    public static OptionBounds Proxies { get; } = new(1, 8, string.Empty);

    /// <summary>Checks the options.</summary>
    /// <exception cref="ClusterException">A value is out of its bounds.</exception>
    public static void Validate(AzureOptions options)
    {
        if (options.EtcdMembers is not (1 or 3 or 5 or 7))
        {
            throw new ClusterException($"Publish:Azure:EtcdMembers is {options.EtcdMembers}; it must be 1, 3, 5 or 7, since etcd needs a majority.");
        }

        Require("Proxies", options.Proxies, Proxies);
        Require("DataDiskSizeGb", options.DataDiskSizeGb, DataDiskSizeGb);
    }

    private static void Require(string name, int value, OptionBounds bounds)
    {
        if (!bounds.Contains(value))
        {
            throw new ClusterException($"Publish:Azure:{name} is {value}; it must be {bounds}.");
        }
    }
}
