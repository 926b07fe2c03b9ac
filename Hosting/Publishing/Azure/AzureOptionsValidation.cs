namespace HaPgAspire.Hosting.Publishing;

/// <summary>The bounds of <see cref="AzureOptions"/>.</summary>
internal static class AzureOptionsValidation
{
    public static OptionBounds DataDiskSizeGb { get; } = new(32, 32767, "GiB");

    public static OptionBounds Proxies { get; } = new(1, 8, string.Empty);

    // Azure's names for machines, disks and zones hold nothing else.
    private const string PlainWord = "letters, digits, '-' and '_', starting with a letter";

    /// <summary>Adds one clause for each value that is out of its bounds.</summary>
    public static void Validate(AzureOptions options, ICollection<string> errors)
    {
        if (options.EtcdMembers is not (1 or 3 or 5 or 7))
        {
            errors.Add($"Publish:Azure:EtcdMembers is {options.EtcdMembers} and must be 1, 3, 5 or 7, since etcd needs a majority");
        }

        RequireWithin(nameof(AzureOptions.Proxies), options.Proxies, Proxies, errors);
        RequireWithin(nameof(AzureOptions.DataDiskSizeGb), options.DataDiskSizeGb, DataDiskSizeGb, errors);
        RequireWord(nameof(AzureOptions.ProjectName), options.ProjectName, errors);
        RequireWord(nameof(AzureOptions.DataNodeSize), options.DataNodeSize, errors);
        RequireWord(nameof(AzureOptions.EtcdSize), options.EtcdSize, errors);
        RequireWord(nameof(AzureOptions.ProxySize), options.ProxySize, errors);
        RequireWord(nameof(AzureOptions.AdminUserName), options.AdminUserName, errors);
        if (!AzureAddressPlan.TryCreate(options.AddressSpace, out _))
        {
            errors.Add($"Publish:Azure:AddressSpace is '{options.AddressSpace}' and must be an IPv4 network with a prefix of 8 to 20, for example {new AzureOptions().AddressSpace}");
        }

        if (!options.Zones.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(zone => zone is "1" or "2" or "3"))
        {
            errors.Add($"Publish:Azure:Zones is '{options.Zones}' and must be zones of the region, for example {new AzureOptions().Zones}, or empty");
        }
    }

    private static void RequireWithin(string name, int value, OptionBounds bounds, ICollection<string> errors)
    {
        if (!bounds.Contains(value))
        {
            errors.Add($"Publish:Azure:{name} is {value} and must be {bounds}");
        }
    }

    private static void RequireWord(string name, string value, ICollection<string> errors)
    {
        if (value.Length is 0 or > 64 || !char.IsAsciiLetter(value[0]) || !value.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
        {
            errors.Add($"Publish:Azure:{name} is '{value}' and must be 1 to 64 {PlainWord}");
        }
    }
}
