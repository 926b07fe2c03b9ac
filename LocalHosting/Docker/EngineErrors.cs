using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Docker.DotNet;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>The sentences for what goes wrong between this process and the engine.</summary>
internal static partial class EngineErrors
{
    private const string OtherEngine = "or name another engine's socket in DOCKER_HOST";

    public static EngineUnavailableException NoSocket(string path) => new(
        $"No container engine: there is no socket {path}; {Install()}, {OtherEngine}.");

    public static EngineUnavailableException NotReachable(Uri endpoint, Exception cause)
    {
        var place = Place(endpoint);
        return Cause<SocketException>(cause)?.SocketErrorCode switch
        {
            SocketError.AccessDenied => new(
                $"No permission to use the container engine at {place}; {Permit()}, {OtherEngine}.", cause),
            SocketError.ConnectionRefused => new(
                $"No container engine answers at {place} (connection refused); {Start()}, {OtherEngine}.", cause),
            SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => new(
                $"The container engine's host in {place} cannot be found; correct DOCKER_HOST.", cause),
            _ when endpoint.Scheme == "unix" && !File.Exists(endpoint.LocalPath) => NoSocket(endpoint.LocalPath),
            _ => new($"The container engine at {place} cannot be used ({Innermost(cause)}); {Start()}, {OtherEngine}.", cause),
        };
    }

    public static EngineUnavailableException NoAnswer(Uri endpoint, TimeSpan waited) => new(
        $"The container engine at {Place(endpoint)} did not answer within {waited.TotalSeconds:0} s; restart it, {OtherEngine}.");

    public static EngineUnavailableException TooOld(Uri endpoint, string version, Version minimum) => new(
        $"The container engine at {Place(endpoint)} speaks version {version} of Docker's API, but {minimum} is the least that works; update it, {OtherEngine}.");

    public static EngineUnavailableException WindowsContainers() => new(
        "The container engine runs Windows containers; switch it to Linux containers.");

    public static EngineUnavailableException BadConfiguration(Exception cause) => new(
        $"The container engine's address cannot be used: {cause.Message.TrimEnd('.')}; correct DOCKER_HOST or the docker context.", cause);

    public static ImageUnavailableException NoImage(string image, string? neededBy, string reason) => new(
        image,
        $"Image '{image}'{(neededBy is null ? "" : $", which image '{neededBy}' is built on,")} is not on this machine and cannot be pulled "
        + $"({reason.TrimEnd('.')}); make its registry reachable, or put it there under that name (docker load, docker import).");

    public static EngineException Failed(string what, Exception cause) => new($"{what} failed: {Message(cause).TrimEnd('.')}.", cause);

    /// <summary>What the engine itself says, without the client's wrapping.</summary>
    public static string Message(Exception cause)
    {
        if (cause is not DockerApiException { ResponseBody: { Length: > 0 } body })
        {
            return Innermost(cause);
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("message", out var message)
                && message.GetString() is { Length: > 0 } text
                    ? OneLine(text)
                    : OneLine(body);
        }
        catch (JsonException)
        {
            return OneLine(body);
        }
    }

    /// <summary>Whether a start failed for a host port that is taken (Docker's and Podman's wordings).</summary>
    public static bool IsPortInUse(string message) =>
        message.Contains("port is already allocated", StringComparison.OrdinalIgnoreCase)
        || message.Contains("address already in use", StringComparison.OrdinalIgnoreCase)
        || message.Contains("ports are not available", StringComparison.OrdinalIgnoreCase);

    /// <summary>Which of the published host ports a message is about; 0 when it names none of them.</summary>
    public static int PortIn(string message, IReadOnlyCollection<int> published) =>
        PortNumber().Matches(message).Select(match => int.Parse(match.ValueSpan, null)).FirstOrDefault(published.Contains);

    private static string Innermost(Exception cause) => OneLine(cause.GetBaseException().Message);

    private static string OneLine(string text) => Blanks().Replace(text, " ").Trim();

    private static string Place(Uri endpoint) => endpoint.Scheme == "unix" ? endpoint.LocalPath : endpoint.GetLeftPart(UriPartial.Authority);

    private static T? Cause<T>(Exception? exception)
        where T : Exception
    {
        while (exception is not null and not T)
        {
            exception = exception.InnerException;
        }

        return exception as T;
    }

    private static string Install() => OperatingSystem.IsLinux()
        ? "install and start one (Debian, Ubuntu: sudo apt-get install docker.io)"
        : "install and start Docker Desktop or Podman";

    private static string Start() => OperatingSystem.IsLinux() ? "start it (sudo systemctl start docker)" : "start it";

    private static string Permit() => OperatingSystem.IsLinux()
        ? $"join its group (sudo usermod -aG docker {Environment.UserName}, then log in again)"
        : "ask its owner for access";

    [GeneratedRegex(@"(?<=:)\d{1,5}\b")]
    private static partial Regex PortNumber();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
