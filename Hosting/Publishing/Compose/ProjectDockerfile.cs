namespace HaPgAspire.Hosting.Publishing;

/// <summary>The Dockerfile that puts a built project on the ASP.NET Core runtime.</summary>
internal static class ProjectDockerfile
{
    /// <summary>The port that projects listen on in their containers, which is also the runtime images' default.</summary>
    public const int Port = 8080;

    /// <summary>The build argument with the runtime image.</summary>
    public const string RuntimeArgument = "DOTNET_IMAGE";

    /// <summary>The folder that outlives the container.</summary>
    public const string DataFolder = "/data";

    /// <summary>The number of the runtime images' user <c>app</c>: a plain number works on images without that user, too.</summary>
    public const int User = 1654;

    public static string Write(string assemblyName) => $"""
        ARG {RuntimeArgument}
        FROM ${"{"}{RuntimeArgument}{"}"}
        WORKDIR /app
        COPY app/ ./
        # What the program keeps in the user's local application data goes here. A volume mounted here takes over the owner.
        RUN mkdir -p {DataFolder} && chown {User}:{User} {DataFolder}
        ENV HOME={DataFolder} XDG_DATA_HOME={DataFolder}
        USER {User}:{User}
        EXPOSE {Port}
        ENTRYPOINT ["dotnet", "{assemblyName}.dll"]

        """.ReplaceLineEndings("\n");
}
