using System.Runtime.CompilerServices;

namespace HaPgAspire.UnitTests;

/// <summary>
/// Every application builder watches its appsettings.json by an inotify instance, of which a user has 128 on most machines. Hundreds of builders are made here, and many
/// are never built into an application that could be disposed of.
/// </summary>
internal static class NoFileWatchers
{
    [ModuleInitializer]
    internal static void Ask() => Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", bool.FalseString);
}
