namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>An endpoint of a resource, to be used where its address is not known yet.</summary>
public sealed class EndpointReference : IExpressionValue, IValueWithReferences
{
    private EndpointAnnotation? _annotation;

    public EndpointReference(IResourceWithEndpoints owner, string endpointName)
        : this(owner, endpointName, contextNetworkId: null)
    {
    }

    public EndpointReference(IResourceWithEndpoints owner, string endpointName, NetworkIdentifier? contextNetworkId = null)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(endpointName);
        Resource = owner;
        EndpointName = endpointName;
        ContextNetworkID = contextNetworkId;
    }

    public EndpointReference(IResourceWithEndpoints owner, EndpointAnnotation endpoint)
        : this(owner, endpoint, contextNetworkId: null)
    {
    }

    public EndpointReference(IResourceWithEndpoints owner, EndpointAnnotation endpoint, NetworkIdentifier? contextNetworkId)
        : this(owner, endpoint?.Name!, contextNetworkId)
    {
        _annotation = endpoint;
    }

    public IResourceWithEndpoints Resource { get; }

    public string EndpointName { get; }

    /// <summary>Null: the network of whoever resolves the reference.</summary>
    public NetworkIdentifier? ContextNetworkID { get; }

    public EndpointAnnotation EndpointAnnotation => Annotation ?? throw new InvalidOperationException(MissingEndpointMessage());

    public bool Exists => Annotation is not null;

    public bool IsAllocated => Allocated is not null;

    public bool IsHttp => string.Equals(Scheme, "http", StringComparison.OrdinalIgnoreCase);

    public bool IsHttps => string.Equals(Scheme, "https", StringComparison.OrdinalIgnoreCase);

    public bool IsHttpSchemeNamedEndpoint => Comparers.EndpointName.Equals(EndpointName, "http") || Comparers.EndpointName.Equals(EndpointName, "https");

    public bool TlsEnabled => Annotation?.TlsEnabled == true;

    public bool ExcludeReferenceEndpoint => Annotation?.ExcludeReferenceEndpoint == true;

    public string Scheme => EndpointAnnotation.UriScheme;

    public int? TargetPort => EndpointAnnotation.TargetPort;

    public string Host => AllocatedOrThrow.Address;

    public int Port => AllocatedOrThrow.Port;

    public string Url => AllocatedOrThrow.UriString;

    string IManifestExpressionProvider.ValueExpression => Expression(EndpointProperty.Url);

    IEnumerable<object> IValueWithReferences.References => [Resource];

    private EndpointAnnotation? Annotation => _annotation ??= Resource.Annotations
        .OfType<EndpointAnnotation>()
        .SingleOrDefault(a => Comparers.EndpointName.Equals(a.Name, EndpointName));

    private AllocatedEndpoint? Allocated =>
        Annotation?.AllAllocatedEndpoints.For(ContextNetworkID ?? KnownNetworkIdentifiers.LocalhostNetwork).Snapshot.Current;

    private AllocatedEndpoint AllocatedOrThrow => Allocated
        ?? throw new InvalidOperationException($"The endpoint `{EndpointName}` is not allocated for the resource `{Resource.Name}`.");

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        Property(EndpointProperty.Url).GetValueAsync(cancellationToken);

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
        Property(EndpointProperty.Url).GetValueAsync(context, cancellationToken);

    internal string Expression(EndpointProperty property)
    {
        return property switch
        {
            EndpointProperty.Url => Binding("url"),
            EndpointProperty.Host or EndpointProperty.IPV4Host => Binding("host"),
            EndpointProperty.Port => Binding("port"),
            EndpointProperty.Scheme => Binding("scheme"),
            EndpointProperty.TargetPort => Binding("targetPort"),
            EndpointProperty.HostAndPort => $"{Binding("host")}:{Binding("port")}",
            EndpointProperty.TlsEnabled => Binding("tlsEnabled"),
            _ => throw new InvalidOperationException($"The property '{property}' is not supported for the endpoint '{EndpointName}'."),
        };

        string Binding(string property) => $"{{{Resource.Name}.bindings.{EndpointName}.{property}}}";
    }

    private string MissingEndpointMessage()
    {
        var names = Resource.Annotations.OfType<EndpointAnnotation>().Select(a => $"`{a.Name}`").ToArray();
        var available = names.Length == 0 ? "The resource has no endpoints defined." : $"Available endpoints: {string.Join(", ", names)}.";
        return $"The endpoint `{EndpointName}` is not defined for the resource `{Resource.Name}`. {available}";
    }
}
