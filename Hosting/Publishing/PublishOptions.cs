using Microsoft.Extensions.Configuration;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// Where and how the graph is published. Read from the configuration section <c>Publish</c> (<c>appsettings.json</c>,
/// <c>Publish__GenerateSecrets=true</c>, <c>--Publish:GenerateSecrets=true</c>). What the cluster itself is like is in <see cref="ClusterOptions"/>.
/// </summary>
public sealed record PublishOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "Publish";

    /// <summary>
    /// Whether passwords are made where the target has a file for them and they are not there yet. Default false: the file is written without values. Passwords that are
    /// there are never changed.
    /// </summary>
    public bool GenerateSecrets { get; init; }

    /// <summary>The YAML file with the machines of the target virtual machines. Default: the guide's machines, one for each node, etcd member and HAProxy of the graph.</summary>
    public string? Inventory { get; init; }

    /// <summary>The folder of the target docker compose. Default: <c>compose</c> below the output path.</summary>
    public string? ComposePath { get; init; }

    /// <summary>The folder of the target virtual machines. Default: <c>vms</c> below the output path.</summary>
    public string? VmsPath { get; init; }

    /// <summary>The folder of the target Azure, which <c>azure.yaml</c> and <c>infra/</c> go to. Default: <c>azure</c> below the output path.</summary>
    public string? AzurePath { get; init; }

    /// <summary>The settings of the target docker compose.</summary>
    public ComposeOptions Compose { get; init; } = new();

    /// <summary>The settings of the target Azure.</summary>
    public AzureOptions Azure { get; init; } = new();

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section <c>Publish</c>; it may be empty.</param>
    /// <returns>The options.</returns>
    /// <exception cref="ClusterException">A key is unknown or a value is out of its bounds.</exception>
    public static PublishOptions Read(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var errors = new List<string>();
        var reader = new SectionReader(section, errors);
        var start = new PublishOptions();
        PublishOptions options = start with
        {
            GenerateSecrets = reader.Bool(nameof(GenerateSecrets), start.GenerateSecrets),
            Inventory = reader.Text(nameof(Inventory), start.Inventory),
            ComposePath = reader.Text(nameof(ComposePath), start.ComposePath),
            VmsPath = reader.Text(nameof(VmsPath), start.VmsPath),
            AzurePath = reader.Text(nameof(AzurePath), start.AzurePath),
            Compose = ReadCompose(reader.Child(nameof(Compose)), start.Compose),
            Azure = ReadAzure(reader.Child(nameof(Azure)), start.Azure),
        };
        reader.ReportUnknownKeys();
        ComposeOptionsValidation.Validate(options.Compose, errors);
        AzureOptionsValidation.Validate(options.Azure, errors);
        return errors.Count == 0
            ? options
            : throw new ClusterException($"The options cannot be used: {string.Join("; ", errors)}.");
    }

    private static ComposeOptions ReadCompose(SectionReader reader, ComposeOptions start)
    {
        ComposeOptions options = start with
        {
            ProjectName = reader.Text(nameof(ComposeOptions.ProjectName), start.ProjectName)!,
            BindAddress = reader.Text(nameof(ComposeOptions.BindAddress), start.BindAddress)!,
            Dashboard = reader.Bool(nameof(ComposeOptions.Dashboard), start.Dashboard),
            DashboardImage = reader.Text(nameof(ComposeOptions.DashboardImage), start.DashboardImage)!,
            DotnetImage = reader.Text(nameof(ComposeOptions.DotnetImage), start.DotnetImage)!,
        };
        reader.ReportUnknownKeys();
        return options;
    }

    private static AzureOptions ReadAzure(SectionReader reader, AzureOptions start)
    {
        AzureOptions options = start with
        {
            ProjectName = reader.Text(nameof(AzureOptions.ProjectName), start.ProjectName)!,
            AddressSpace = reader.Text(nameof(AzureOptions.AddressSpace), start.AddressSpace)!,
            Zones = reader.Text(nameof(AzureOptions.Zones), start.Zones)!,
            EtcdMembers = reader.Int(nameof(AzureOptions.EtcdMembers), start.EtcdMembers),
            Proxies = reader.Int(nameof(AzureOptions.Proxies), start.Proxies),
            DataNodeSize = reader.Text(nameof(AzureOptions.DataNodeSize), start.DataNodeSize)!,
            EtcdSize = reader.Text(nameof(AzureOptions.EtcdSize), start.EtcdSize)!,
            ProxySize = reader.Text(nameof(AzureOptions.ProxySize), start.ProxySize)!,
            DataDiskSizeGb = reader.Int(nameof(AzureOptions.DataDiskSizeGb), start.DataDiskSizeGb),
            AdminUserName = reader.Text(nameof(AzureOptions.AdminUserName), start.AdminUserName)!,
            Bastion = reader.Bool(nameof(AzureOptions.Bastion), start.Bastion),
            PublicPages = reader.Bool(nameof(AzureOptions.PublicPages), start.PublicPages),
        };
        reader.ReportUnknownKeys();
        return options;
    }
}
