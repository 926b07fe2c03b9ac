using HaPgAspire.Probe.Api;
using HaPgAspire.Probe.Engine;
using HaPgAspire.Probe.Ledgers;
using HaPgAspire.Probe.Settings;
using HaPgAspire.ServiceDefaults;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddServiceDefaults();
    builder.AddProbe();
    builder.AddProbePage();

    var app = builder.Build();
    app.MapProbePage();
    app.MapDefaultEndpoints();
    var probe = app.Services.GetRequiredService<ProbeService>();
    await app.RunAsync();
    return probe.Failure is null ? 0 : 1;
}
catch (Exception e) when (e is SettingsException or LedgerException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
