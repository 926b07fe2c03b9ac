using System.Net.Sockets;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>A port a resource listens on, and how it is reached.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private int? _port;
    private int? _targetPort;
    private bool _portIsSet;
    private bool _targetPortIsSet;
    private bool? _tlsEnabled;
    private string? _transport;

    public EndpointAnnotation(
        ProtocolType protocol,
        string? uriScheme = null,
        string? transport = null,
        [EndpointName] string? name = null,
        int? port = null,
        int? targetPort = null,
        bool? isExternal = null,
        bool? isProxied = null)
        : this(protocol, networkId: null, uriScheme, transport, name, port, targetPort, isExternal, isProxied)
    {
    }

    public EndpointAnnotation(
        ProtocolType protocol,
        NetworkIdentifier? networkId,
        string? uriScheme = null,
        string? transport = null,
        [EndpointName] string? name = null,
        int? port = null,
        int? targetPort = null,
        bool? isExternal = null,
        bool? isProxied = null)
    {
        Protocol = protocol;
        UriScheme = uriScheme ?? ProtocolName;
        Name = name ?? UriScheme;
        ModelName.Validate("Endpoint", Name);
        _transport = transport;
        _port = port;
        _targetPort = targetPort;
        _portIsSet = port is not null;
        _targetPortIsSet = targetPort is not null;
        IsExternal = isExternal ?? false;
        IsExplicitlyProxied = isProxied;
        DefaultNetworkID = networkId ?? KnownNetworkIdentifiers.LocalhostNetwork;
    }

    public string Name { get; set; }

    public ProtocolType Protocol { get; set; }

    /// <summary>Where clients connect; null or 0: any free port. Without a proxy and unless set, the target port.</summary>
    public int? Port
    {
        get => _portIsSet || IsProxied ? _port : _targetPort;
        set
        {
            _port = value;
            _portIsSet = true;
        }
    }

    /// <summary>Where the resource listens. Without a proxy and unless set, <see cref="Port"/>.</summary>
    public int? TargetPort
    {
        get => _targetPortIsSet || IsProxied ? _targetPort : _port;
        set
        {
            _targetPort = value;
            _targetPortIsSet = true;
        }
    }

    /// <summary>The port as it was set, without the fallback of endpoints that have no proxy.</summary>
    internal int? SpecifiedPort => _port;

    public string UriScheme { get; set; }

    public string TargetHost { get; set; } = KnownHostNames.Localhost;

    public string Transport
    {
        get => _transport ?? (IsScheme("http") || IsScheme("https") ? "http" : ProtocolName);
        set => _transport = value;
    }

    public bool IsExternal { get; set; }

    public bool IsProxied
    {
        get => IsExplicitlyProxied ?? true;
        set => IsExplicitlyProxied = value;
    }

    public bool? IsExplicitlyProxied { get; set; }

    public bool ExcludeReferenceEndpoint { get; set; }

    public bool TlsEnabled
    {
        get => _tlsEnabled ?? IsScheme("https");
        set => _tlsEnabled = value;
    }

    public NetworkIdentifier DefaultNetworkID { get; }

    public AllocatedEndpoint? AllocatedEndpoint
    {
        get => AllAllocatedEndpoints.For(DefaultNetworkID).Snapshot.Current;
        set
        {
            if (value is null)
            {
                AllAllocatedEndpoints.For(DefaultNetworkID).Snapshot.SetException(new InvalidOperationException($"The endpoint `{Name}` is not allocated"));
            }
            else
            {
                AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(DefaultNetworkID, value);
            }
        }
    }

    public NetworkEndpointSnapshotList AllAllocatedEndpoints { get; } = new();

    /// <summary>The variable that tells the process which port to listen on (<c>WithHttpEndpoint(env: …)</c>).</summary>
    internal string? TargetPortEnvironmentVariable { get; set; }

    internal bool FromLaunchProfile { get; init; }

    private string ProtocolName => Protocol.ToString().ToLowerInvariant();

    private bool IsScheme(string scheme) => string.Equals(UriScheme, scheme, StringComparison.OrdinalIgnoreCase);
}
