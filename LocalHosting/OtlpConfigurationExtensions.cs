using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Running;

namespace HaPgAspire.LocalHosting;

/// <summary>Has resources send their telemetry by OTLP.</summary>
public static class OtlpConfigurationExtensions
{
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment => Add(builder, new OtlpExporterAnnotation());

    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder, OtlpProtocol protocol)
        where T : IResourceWithEnvironment => Add(builder, new OtlpExporterAnnotation { RequiredProtocol = protocol });

    private static IResourceBuilder<T> Add<T>(IResourceBuilder<T> builder, OtlpExporterAnnotation annotation)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        var isFirst = !builder.Resource.HasAnnotationOfType<OtlpExporterAnnotation>();
        builder.WithAnnotation(annotation);
        return isFirst ? builder.WithEnvironment(OtlpEnvironment.AddAsync) : builder;
    }
}
