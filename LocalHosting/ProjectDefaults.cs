using System.Text.Json;
using HaPgAspire.LocalHosting.ApplicationModel;

namespace HaPgAspire.LocalHosting;

/// <summary>What every project gets: the endpoints and variables of its launch profile, the URLs to listen on, telemetry.</summary>
internal static class ProjectDefaults
{
    private static readonly JsonSerializerOptions LaunchSettingsJson = new()
    {
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static IResourceBuilder<ProjectResource> Apply(IResourceBuilder<ProjectResource> builder, ProjectResourceOptions options)
    {
        builder.WithOtlpExporter();
        builder.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "in_memory");
        var profile = options.ExcludeLaunchProfile ? null : FindProfile(builder.Resource.GetProjectMetadata(), options.LaunchProfileName);
        foreach (var url in (profile?.ApplicationUrl ?? string.Empty).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // TLS would need a certificate that the browser and the clients trust; Aspire makes one, this engine doesn't.
            if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == "http" && !options.ExcludeKestrelEndpoints)
            {
                builder.WithAnnotation(new EndpointAnnotation(System.Net.Sockets.ProtocolType.Tcp, uriScheme: uri.Scheme, port: uri.Port) { FromLaunchProfile = true });
            }
        }

        var profileVariables = profile?.EnvironmentVariables.ToDictionary() ?? [];
        return builder.WithEnvironment(context =>
        {
            if (context.ExecutionContext.IsPublishMode)
            {
                SetPublished(builder, context);
                return;
            }

            foreach (var (name, value) in profileVariables)
            {
                context.EnvironmentVariables.TryAdd(name, value);
            }

            context.EnvironmentVariables.TryAdd("ASPNETCORE_ENVIRONMENT", builder.ApplicationBuilder.Environment.EnvironmentName);
            context.EnvironmentVariables.TryAdd("DOTNET_ENVIRONMENT", builder.ApplicationBuilder.Environment.EnvironmentName);
            SetUrls(builder, context);
        });
    }

    private static void SetPublished(IResourceBuilder<ProjectResource> builder, EnvironmentCallbackContext context)
    {
        if (builder.Resource.GetEndpoints().Any())
        {
            context.EnvironmentVariables["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
        }

        if (builder.Resource.GetEndpoints().FirstOrDefault(e => e.IsHttp) is { } http)
        {
            context.EnvironmentVariables["HTTP_PORTS"] = http.Property(EndpointProperty.TargetPort);
        }
    }

    private static void SetUrls(IResourceBuilder<ProjectResource> builder, EnvironmentCallbackContext context)
    {
        var urls = new ReferenceExpressionBuilder();
        foreach (var endpoint in builder.Resource.GetEndpoints().Where(e => (e.IsHttp || e.IsHttps) && e.EndpointAnnotation.TargetPortEnvironmentVariable is null))
        {
            urls.AppendLiteral(urls.IsEmpty ? string.Empty : ";");
            urls.Append($"{endpoint.Scheme}://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");
        }

        if (!urls.IsEmpty)
        {
            context.EnvironmentVariables["ASPNETCORE_URLS"] = urls.Build();
        }
    }

    private static LaunchProfile? FindProfile(IProjectMetadata project, string? name)
    {
        var settings = project.LaunchSettings ?? Read(Path.Combine(Path.GetDirectoryName(project.ProjectPath)!, "Properties", "launchSettings.json"));
        if (name is not null)
        {
            return settings?.Profiles.GetValueOrDefault(name)
                ?? throw new DistributedApplicationException($"Launch settings file of '{project.ProjectPath}' does not contain '{name}' profile.");
        }

        return settings?.Profiles.Values.FirstOrDefault(p => p.CommandName == "Project");
    }

    private static LaunchSettings? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize<LaunchSettings>(file, LaunchSettingsJson);
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException($"Launch settings file '{path}' is not valid JSON: {exception.Message}", exception);
        }
    }
}
