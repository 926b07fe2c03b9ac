using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using HaPgAspire.LocalHosting.ApplicationModel;
using HaPgAspire.LocalHosting.Eventing;
using HaPgAspire.LocalHosting.Pipelines;
using HaPgAspire.LocalHosting.Terminal;
using HaPgAspire.LocalHosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HaPgAspire.LocalHosting;

/// <inheritdoc/>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly DistributedApplicationExecutionContextOptions _executionContextOptions;

    public DistributedApplicationBuilder(string[] args)
        : this(new DistributedApplicationOptions { Args = args })
    {
    }

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var session = TestingSession.Current;
        session?.Configure(options);

        // A verb's arguments are no settings.
        var arguments = options.Args is { } given && !ControlVerbs.IsVerb(given) ? given : [];
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        AppHostDirectory = Path.GetFullPath(options.ProjectDirectory ?? AssemblyMetadata("AppHostProjectPath") ?? System.Environment.CurrentDirectory);
        _host = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = arguments,
            ApplicationName = AppHostAssembly?.GetName().Name,
            ContentRootPath = AppHostDirectory,
        });
        AddUserSecrets();
        _executionContextOptions = OperationArguments.Apply(Configuration, arguments);
        Configuration["AppHost:Directory"] = AppHostDirectory;
        Configuration["AppHost:Sha256"] = AppHostHash();
        ExecutionContext = new DistributedApplicationExecutionContext(_executionContextOptions);
        UserSecrets = new UserSecrets(AppHostAssembly);
        LocalServices.Add(this, options);
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IDistributedApplicationPipeline Pipeline { get; } = new DistributedApplicationPipeline();

    internal UserSecrets UserSecrets { get; }

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new DistributedApplicationResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        var session = TestingSession.Current;
        session?.WaitUntilBuildIsAllowed(this);
        var application = new DistributedApplication(_host.Build());
        _executionContextOptions.Services = application.Services;
        session?.ApplicationBuilt(application);
        return application;
    }

    /// <summary>Tells app hosts apart: by where they are when running, by name when publishing, so that what is published does not depend on the machine.</summary>
    private string AppHostHash()
    {
        var identity = _executionContextOptions.Operation == DistributedApplicationOperation.Run ? AppHostDirectory : Environment.ApplicationName;
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(identity.ToLowerInvariant())));
    }

    /// <summary>The host reads user secrets in the Development environment only, but generated passwords have to be found again in any. They yield to the process's environment.</summary>
    private void AddUserSecrets()
    {
        if (AppHostAssembly is not { } assembly || Environment.IsDevelopment())
        {
            return;
        }

        Configuration.AddUserSecrets(assembly, optional: true);
        var added = Configuration.Sources[^1];
        Configuration.Sources.RemoveAt(Configuration.Sources.Count - 1);
        var environment = Configuration.Sources.TakeWhile(s => s is not EnvironmentVariablesConfigurationSource { Prefix: null or "" }).Count();
        Configuration.Sources.Insert(environment, added);
    }

    private string? AssemblyMetadata(string key) =>
        AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => string.Equals(a.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;
}
