using System.Runtime.InteropServices;
using HaPgAspire.ClusterTests.Vms;

namespace HaPgAspire.ClusterTests.Publishing;

/// <summary>
/// An image with the ASP.NET Core runtime that runs these tests, on the cluster's own base image: what <c>DOTNET_IMAGE</c> is set to where no registry
/// answers.
/// </summary>
internal static class RuntimeImage
{
    private const string Dockerfile = """
        FROM debian:trixie-slim
        RUN apt-get update \
         && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libssl3t64 \
         && rm -rf /var/lib/apt/lists/*
        COPY . /usr/share/dotnet/
        RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
        ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
        """;

    public static async Task<string> EnsureAsync(CancellationToken cancellationToken)
    {
        string version = Environment.Version.ToString();
        string image = $"hapgaspire-test-aspnet:{version}";
        if ((await DockerCommand.TryAsync(null, cancellationToken, "image", "inspect", image)).ExitCode == 0)
        {
            return image;
        }

        // …/dotnet/shared/Microsoft.NETCore.App/10.0.0/
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string context = Directory.CreateTempSubdirectory("hapg-aspnet-").FullName;
        try
        {
            foreach (string part in new[] { "dotnet", "host", $"shared/Microsoft.NETCore.App/{version}", $"shared/Microsoft.AspNetCore.App/{version}" })
            {
                Copy(Path.Combine(root, part), Path.Combine(context, part));
            }

            await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), Dockerfile, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(context, ".dockerignore"), "Dockerfile\n.dockerignore\n", cancellationToken);
            await DockerCommand.RunAsync(cancellationToken, "build", "--quiet", "--tag", image, context);
        }
        finally
        {
            Directory.Delete(context, recursive: true);
        }

        return image;
    }

    private static void Copy(string source, string target)
    {
        if (File.Exists(source))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
            return;
        }

        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            Copy(file, Path.Combine(target, Path.GetRelativePath(source, file)));
        }
    }
}
