using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace HaPgAspire.Hosting.Security;

/// <summary>
/// The certificates of one cluster in its app host: the authority, whose key lives here and, for a cluster whose data is kept, in the user secrets; the
/// files of each component; and what the app host itself connects with.
/// </summary>
internal sealed class ClusterSecurity : IDisposable
{
    private readonly PatroniClusterResource _cluster;
    private readonly SemaphoreSlim _gate = new(1);
    private CertificateAuthority? _authority;
    private X509Certificate2? _observer;

    public ClusterSecurity(PatroniClusterResource cluster, string directory)
    {
        _cluster = cluster;
        Directory = directory;
        RootCertificate = new CertificatePath(this, CertificateFiles.Authority);
        ClientCertificate = new CertificatePath(this, CertificateFiles.Client);
    }

    /// <summary>Whether the cluster uses TLS.</summary>
    public bool IsOn => _cluster.Options.Tls;

    /// <summary>Whether the graph is being published: then certificates are made where it is deployed, and none here.</summary>
    public bool IsPublished { get; set; }

    /// <summary>The folder on this machine with the files for clients.</summary>
    public string Directory { get; }

    /// <summary>What clients check the servers by.</summary>
    public CertificatePath RootCertificate { get; }

    /// <summary>What clients show to etcd.</summary>
    public CertificatePath ClientCertificate { get; }

    /// <summary>Keeps the authority from run to run; null for a cluster that ends with its run.</summary>
    public ParameterResource? Parameter { get; set; }

    /// <summary>Takes an authority from elsewhere, before any certificate was issued.</summary>
    public void Use(CertificateAuthority authority) => _authority = authority;

    /// <summary>The authority; made or read at the first call.</summary>
    /// <exception cref="ClusterException">The one that was kept cannot be read, or has expired.</exception>
    public async Task<CertificateAuthority> GetAuthorityAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _authority ??= Parameter is { } parameter
                ? CertificateAuthority.Load(await parameter.GetValueAsync(cancellationToken) ?? string.Empty)
                : CertificateAuthority.Create(_cluster.Name, _cluster.Options.Certificates.AuthorityDays);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The files of a component, with new certificates.</summary>
    /// <exception cref="ArgumentException">The resource is no part of the cluster.</exception>
    public async Task<IReadOnlyList<CertificateFile>> IssueAsync(IResource resource, CancellationToken cancellationToken)
    {
        CertificateAuthority authority = await GetAuthorityAsync(cancellationToken);
        ClusterOptions options = _cluster.Options;
        return resource switch
        {
            PatroniNodeResource node => CertificateFiles.ForNode(
                authority, options, node.Member, _cluster.HAProxy is { } haproxy ? [haproxy.Name] : [], EtcdAccess.UserName(_cluster.Scope)),
            EtcdMemberResource member => CertificateFiles.ForEtcd(authority, options, member.Member),
            HAProxyResource haproxy => CertificateFiles.ForHAProxy(authority, options, [haproxy.Name]),
            _ => throw new ArgumentException($"{resource.Name} has no certificates.", nameof(resource)),
        };
    }

    /// <summary>The certificate folder of a component's container; none without TLS.</summary>
    public async Task<IEnumerable<ContainerFileSystemItem>> ContainerFilesAsync(IResource resource, CancellationToken cancellationToken) => IsOn && !IsPublished
        ? [Folder(await IssueAsync(resource, cancellationToken))]
        : [];

    /// <summary>The certificate files of a client's container; none without TLS.</summary>
    public async Task<IEnumerable<ContainerFileSystemItem>> ClientFilesAsync(CancellationToken cancellationToken) => IsOn && !IsPublished
        ? Entries(CertificateFiles.ForObserver(await GetAuthorityAsync(cancellationToken), _cluster.Options))
        : [];

    /// <summary>Gets ready what the app host and other clients on this machine need.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (IsOn)
        {
            await RenewClientsAsync(cancellationToken);
        }
    }

    /// <summary>Gives the app host and other clients on this machine new certificates.</summary>
    public async Task RenewClientsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<CertificateFile> files = CertificateFiles.ForObserver(await GetAuthorityAsync(cancellationToken), _cluster.Options);
        ClientFolder.Write(Directory, files);
        string client = files.Single(file => file.Name == CertificateFiles.Client).Contents;
        using X509Certificate2 read = X509Certificate2.CreateFromPem(client, client);
        // Windows takes no key for TLS that was never in a store or a PKCS #12 file.
        _observer = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null);
    }

    /// <summary>A handler for HTTP to the cluster's components: with TLS, it checks them in full and shows the app host's certificate.</summary>
    public SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler { UseCookies = false };
        if (IsOn && _authority is { } authority)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = authority.CreateChainPolicy(),
                LocalCertificateSelectionCallback = (_, _, _, _, _) => _observer!,
            };
        }

        return handler;
    }

    /// <summary>Ends a Npgsql connection string: with TLS, the server is checked in full.</summary>
    public void AppendTo(ReferenceExpressionBuilder connectionString)
    {
        if (IsOn)
        {
            connectionString.Append($";SSL Mode=VerifyFull;Root Certificate={RootCertificate}");
        }
    }

    public void Dispose()
    {
        _authority?.Dispose();
        _observer?.Dispose();
        _gate.Dispose();
    }

    private static ContainerDirectory Folder(IReadOnlyList<CertificateFile> files) => new()
    {
        Name = CertificateFiles.Folder,
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
        Entries = Entries(files),
    };

    private static IEnumerable<ContainerFileSystemItem> Entries(IReadOnlyList<CertificateFile> files) =>
        [.. files.Select(file => new ContainerFile { Name = file.Name, Contents = file.Contents, Mode = file.Mode })];
}
