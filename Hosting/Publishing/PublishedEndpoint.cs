namespace HaPgAspire.Hosting.Publishing;

/// <summary>Where the others reach an endpoint in a target.</summary>
/// <param name="Scheme">The URI scheme.</param>
/// <param name="Host">The name or address.</param>
/// <param name="Port">The port.</param>
internal sealed record PublishedEndpoint(string Scheme, string Host, int Port);
