using Microsoft.Extensions.Hosting;

namespace HaPgAspire.LocalHosting.Testing;

/// <summary>Gives tests an application: one of their own, or that of an app host project.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>An empty application.</summary>
    public static IDistributedApplicationTestingBuilder Create(params string[] args) => Create(args, (_, _) => { });

    public static IDistributedApplicationTestingBuilder Create(string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(configureBuilder);
        var options = new DistributedApplicationOptions { Args = args, DisableDashboard = true, IsTest = true };
        configureBuilder(options, new HostApplicationBuilderSettings { Args = args });
        return new TestingBuilder(new DistributedApplicationBuilder(options), session: null);
    }

    /// <summary>Runs the entry point of the assembly the type is in, up to the point where it builds the application.</summary>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>([], (_, _) => { }, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>(args, (_, _) => { }, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default) => CreateAsync(typeof(TEntryPoint), args, configureBuilder, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, CancellationToken cancellationToken = default) =>
        CreateAsync(entryPoint, [], (_, _) => { }, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, string[] args, CancellationToken cancellationToken = default) =>
        CreateAsync(entryPoint, args, (_, _) => { }, cancellationToken);

    /// <exception cref="ArgumentException">The type's assembly has no entry point.</exception>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync(
        Type entryPoint,
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entryPoint);
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(configureBuilder);
        var assembly = entryPoint.Assembly;
        var main = assembly.EntryPoint ?? throw new ArgumentException($"Assembly {assembly} has no entry point.", nameof(entryPoint));
        var session = new TestingSession(args, options =>
        {
            options.AssemblyName = assembly.GetName().Name;
            configureBuilder(options, new HostApplicationBuilderSettings { Args = args });
        });
        try
        {
            session.Start(main);
            return new TestingBuilder(await session.Builder.WaitAsync(cancellationToken), session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
