using System.Security.Cryptography;
using System.Text;

namespace HaPgAspire.Probe.Api;

/// <summary>The secret that a caller of an action has to know. Only its hash is kept.</summary>
internal sealed class ActionToken
{
    /// <summary>Name of the configuration value; as an environment variable `Probe__ActionToken`.</summary>
    internal const string Key = "Probe:ActionToken";

    /// <summary>Shorter ones could be guessed.</summary>
    internal const int ShortestLength = 16;

    private readonly byte[]? _hash;

    private ActionToken(byte[]? hash) => _hash = hash;

    /// <summary>False when none is set: there are no actions then.</summary>
    public bool IsSet => _hash is not null;

    /// <summary>Takes the token from the configuration; an empty one counts as none.</summary>
    /// <exception cref="InvalidOperationException">It is shorter than <see cref="ShortestLength"/> characters.</exception>
    public static ActionToken From(IConfiguration configuration)
    {
        var token = configuration[Key];
        if (string.IsNullOrEmpty(token))
        {
            return new ActionToken(null);
        }

        if (token.Length < ShortestLength)
        {
            throw new InvalidOperationException($"Probe__ActionToken must have at least {ShortestLength} characters; it has {token.Length}.");
        }

        return new ActionToken(Hash(token));
    }

    /// <summary>Whether an Authorization header carries the token. Takes the same time whatever is wrong with it.</summary>
    public bool IsIn(string? authorization)
    {
        const string Scheme = "Bearer ";
        var given = authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? authorization[Scheme.Length..].Trim()
            : "";
        return CryptographicOperations.FixedTimeEquals(Hash(given), _hash ?? []);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
