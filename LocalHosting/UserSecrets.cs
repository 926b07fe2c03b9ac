using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace HaPgAspire.LocalHosting;

/// <summary>The app host's user secrets file, which <c>dotnet user-secrets</c> shows too.</summary>
internal sealed class UserSecrets(Assembly? appHostAssembly)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly Lock FileGate = new();

    private readonly string? _id = appHostAssembly?.GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId;

    /// <summary>False when the app host has no user secrets or they cannot be written.</summary>
    public bool TrySet(string key, string value)
    {
        if (_id is null)
        {
            return false;
        }

        try
        {
            lock (FileGate)
            {
                var path = PathHelper.GetSecretsPathFromSecretsId(_id);
                var secrets = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? [] : [];
                secrets[key] = value;
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                Write(path, secrets.ToJsonString(Indented));
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }

    /// <summary>By renaming: another app host reads either the old or the new content. Only the user may read it.</summary>
    private static void Write(string path, string content)
    {
        var temporary = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(temporary, options))
        {
            writer.Write(content);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
