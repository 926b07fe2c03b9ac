namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// The service that makes the certificates of the others before they start, and anew with <c>docker compose run --rm certificates --renew</c>. Each service has a volume
/// with its own certificates; the authority's key is on a volume that no other service sees.
/// </summary>
internal static class ComposeCertificateService
{
    public const string Name = "certificates";

    private const string Folder = "/var/lib/certificates";
    private const string Scripts = "/etc/certificates";

    /// <summary>The volume with a service's certificates.</summary>
    public static string Volume(string service) => $"{service}-certificates";

    /// <summary>The service.</summary>
    /// <param name="builder">A service of the image that has bash and openssl.</param>
    /// <param name="services">The services that get certificates.</param>
    public static ComposeService Service(ComposeService builder, IEnumerable<string> services) => new()
    {
        Image = builder.Image,
        Build = builder.Build,
        Hostname = Name,
        // What belongs to the services' users can be written by nobody else.
        User = "0:0",
        Entrypoint = ["/bin/bash", $"{Scripts}/{CertificateList.ScriptName}", Folder],
        NetworkMode = "none",
        Volumes =
        [
            File(CertificateList.ScriptName),
            File(CertificateList.ListName),
            Mount("certificate-authority", Folder),
            .. services.Select(service => Mount(Volume(service), $"{Folder}/{service}")),
        ],
        Tmpfs = ["/tmp"],
        Restart = "no",
        ReadOnly = true,
        CapDrop = ["ALL"],
        CapAdd = ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
        SecurityOpt = ["no-new-privileges:true"],
        Logging = builder.Logging,
    };

    /// <summary>A volume's mount.</summary>
    public static ComposeMount Mount(string volume, string target, bool? readOnly = null) => new() { Type = "volume", Source = volume, Target = target, ReadOnly = readOnly };

    private static ComposeMount File(string name) => new()
    {
        Type = "bind",
        Source = $"./{name}",
        Target = $"{Scripts}/{name}",
        ReadOnly = true,
        Bind = new ComposeBind { CreateHostPath = false },
    };
}
