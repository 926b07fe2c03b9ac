using System.Security.Cryptography;
using System.Text;
using HaPgAspire.Probe.Settings;

namespace HaPgAspire.Probe.Api;

/// <summary>The secret that a caller of an action has to know (<see cref="ProbeOptions.ActionToken"/>). Only its hash is kept here.</summary>
internal sealed class ActionToken(ProbeOptions options)
{
    private readonly byte[] _hash = string.IsNullOrEmpty(options.ActionToken) ? [] : Hash(options.ActionToken);

    /// <summary>False when none is set: there are no actions then.</summary>
    public bool IsSet => _hash.Length > 0;

    /// <summary>Whether an Authorization header carries the token. Takes the same time whatever is wrong with it.</summary>
    public bool IsIn(string? authorization)
    {
        const string Scheme = "Bearer ";
        var given = authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? authorization[Scheme.Length..].Trim()
            : "";
        return CryptographicOperations.FixedTimeEquals(Hash(given), _hash);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
