namespace HaPgAspire.Hosting;

internal static class HostingAssembly;
