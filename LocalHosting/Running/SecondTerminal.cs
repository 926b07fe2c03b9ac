using System.Runtime.InteropServices;
using HaPgAspire.LocalHosting.Terminal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HaPgAspire.LocalHosting.Running;

/// <summary>A command line that asks a running app host for something, instead of running the application.</summary>
internal static class SecondTerminal
{
    public static bool IsAsked(IServiceProvider services) => ControlVerbs.IsVerb(services.GetRequiredService<DistributedApplicationOptions>().Args ?? []);

    /// <summary>Carries out the verb; its exit code becomes the process's.</summary>
    public static async Task RunAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            interrupted.Cancel();
        });
        var context = new VerbContext(
            services.GetRequiredService<IConfiguration>()["AppHost:Directory"]!,
            ControlDirectory.Default,
            Console.Out,
            Console.Error,
            TerminalStyle.Detect(Console.IsOutputRedirected));
        Environment.ExitCode = await ControlVerbs.RunAsync(services.GetRequiredService<DistributedApplicationOptions>().Args!, context, interrupted.Token);
    }
}
