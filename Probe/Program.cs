using HaPgAspire.Probe.Model;
using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;
using HaPgAspire.ServiceDefaults;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddServiceDefaults();
    var options = ProbeOptions.From(builder.Configuration);
    builder.Services.AddSingleton(options);
    builder.Services.AddSingleton(ClusterAddresses.From(builder.Configuration, options));
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSingleton<ProbeState>();
    builder.Services.AddSingleton<IProbeState>(services => services.GetRequiredService<ProbeState>());

    var app = builder.Build();
    app.MapDefaultEndpoints();
    await app.RunAsync();
    return 0;
}
catch (SettingsException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
