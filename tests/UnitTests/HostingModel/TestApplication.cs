namespace HaPgAspire.UnitTests.HostingModel;

/// <summary>An application without resources that is never started.</summary>
internal static class TestApplication
{
    public static IDistributedApplicationBuilder Create() => DistributedApplication.CreateBuilder(new DistributedApplicationOptions
    {
        Args = [],
        AssemblyName = typeof(TestApplication).Assembly.GetName().Name,
        DisableDashboard = true,
    });
}
