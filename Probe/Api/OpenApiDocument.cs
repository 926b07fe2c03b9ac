using System.Reflection;
using Microsoft.OpenApi;

namespace HaPgAspire.Probe.Api;

internal static class OpenApiDocument
{
    private const string TokenScheme = "actionToken";

    /// <summary>Describes the API at /openapi/v1.json.</summary>
    public static void AddApiDocument(this IServiceCollection services) =>
        services.AddOpenApi("v1", options =>
        {
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "Cluster probe",
                    Version = typeof(OpenApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0",
                    Description = "Measured availability of a PostgreSQL cluster. Times are UTC in ISO 8601, durations are seconds, latencies milliseconds.",
                };
                // Whoever reads the document knows the address it came from.
                document.Servers = [];
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                document.Components.SecuritySchemes[TokenScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "The probe's action token.",
                };
                return Task.CompletedTask;
            });
            options.AddOperationTransformer((operation, context, _) =>
            {
                if (context.Description.ActionDescriptor.EndpointMetadata.OfType<ActionMark>().Any())
                {
                    operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(TokenScheme, context.Document)] = [] }];
                }

                return Task.CompletedTask;
            });
            options.AddSchemaTransformer((schema, context, _) =>
            {
                if (context.JsonTypeInfo.Type == typeof(TimeSpan) || context.JsonTypeInfo.Type == typeof(TimeSpan?))
                {
                    schema.Type = context.JsonTypeInfo.Type == typeof(TimeSpan) ? JsonSchemaType.Number : JsonSchemaType.Number | JsonSchemaType.Null;
                    schema.Format = "double";
                    schema.Pattern = null;
                    schema.Description ??= "Seconds.";
                }

                return Task.CompletedTask;
            });
        });
}
