namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>A value that is known at run time.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);

    ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) => GetValueAsync(cancellationToken);
}

/// <summary>A value that a manifest refers to.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}

/// <summary>A value in both forms.</summary>
public interface IExpressionValue : IValueProvider, IManifestExpressionProvider;

/// <summary>A value made of other ones.</summary>
public interface IValueWithReferences
{
    IEnumerable<object> References { get; }
}

/// <summary>For whom a value is resolved: the answer depends on the network it is used in.</summary>
public class ValueProviderContext
{
    public DistributedApplicationExecutionContext? ExecutionContext { get; init; }

    public IResource? Caller { get; init; }

    /// <summary>Null: the network the caller is on.</summary>
    public NetworkIdentifier? Network { get; init; }

    internal NetworkIdentifier EffectiveNetwork => Network
        ?? (Caller?.IsContainer() == true ? KnownNetworkIdentifiers.DefaultAspireContainerNetwork : KnownNetworkIdentifiers.LocalhostNetwork);
}
