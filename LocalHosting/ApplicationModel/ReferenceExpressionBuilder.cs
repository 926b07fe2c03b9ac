using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace HaPgAspire.LocalHosting.ApplicationModel;

/// <summary>Builds an expression piece by piece. Literals are composite format text: braces in them are the caller's to double.</summary>
public class ReferenceExpressionBuilder
{
    private readonly ReferenceExpressionText _text = new();

    public bool IsEmpty => _text.IsEmpty;

    /// <summary>The handler has appended everything by the time this is called.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "The compiler passes this instance to the handler.")]
    public void Append([InterpolatedStringHandlerArgument("")] in ReferenceExpressionBuilderInterpolatedStringHandler handler)
    {
    }

    public void AppendLiteral(string value) => _text.AppendText(value);

    public void AppendFormatted(string? value) => _text.AppendText(value);

    public void AppendFormatted(string? value, string? format = null) => _text.AppendText(ReferenceExpressionText.ApplyFormat(value, format));

    public void AppendFormatted<T>(T valueProvider)
        where T : IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider, format: null);

    public void AppendFormatted<T>(T valueProvider, string? format)
        where T : IValueProvider, IManifestExpressionProvider => _text.AppendValue(valueProvider, valueProvider.ValueExpression, format);

    /// <exception cref="ArgumentException">The object is no value provider with a manifest form, nor the builder of one.</exception>
    public void AppendValueProvider(object valueProvider, string? format = null)
    {
        var value = valueProvider is IResourceBuilder<IResource> builder ? builder.Resource : valueProvider;
        if (value is not IValueProvider provider || value is not IManifestExpressionProvider manifest)
        {
            throw new ArgumentException("Object must implement IValueProvider and IManifestExpressionProvider", nameof(valueProvider));
        }

        _text.AppendValue(provider, manifest.ValueExpression, format);
    }

    public ReferenceExpression Build() => _text.Build();

    /// <summary>What the compiler turns <c>Append($"…")</c> into.</summary>
    [InterpolatedStringHandler]
    public ref struct ReferenceExpressionBuilderInterpolatedStringHandler
    {
        private readonly ReferenceExpressionBuilder _builder;

        public ReferenceExpressionBuilderInterpolatedStringHandler(int literalLength, int formattedCount, ReferenceExpressionBuilder builder)
        {
            _ = literalLength + formattedCount;
            _builder = builder;
        }

        public readonly void AppendLiteral(string value) => _builder.AppendLiteral(value);

        public readonly void AppendFormatted(string? value) => _builder.AppendFormatted(value);

        public readonly void AppendFormatted(string? value, string format) => _builder.AppendFormatted(value, format);

        public readonly void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider => _builder.AppendFormatted(valueProvider);

        public readonly void AppendFormatted<T>(T valueProvider, string? format)
            where T : IValueProvider, IManifestExpressionProvider => _builder.AppendFormatted(valueProvider, format);

        public readonly void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => _builder.AppendFormatted(valueProvider.Resource);

        public readonly void AppendFormatted<T>(IResourceBuilder<T> valueProvider, string? format)
            where T : IResource, IValueProvider, IManifestExpressionProvider => _builder.AppendFormatted(valueProvider.Resource, format);
    }
}
