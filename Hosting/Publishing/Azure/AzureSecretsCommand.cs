using System.Globalization;
using System.Text;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// The command that a machine runs at its first boot to fetch its secrets from the key vault, as its user-assigned identity. The secrets pass through
/// files that only root may read, never through an argument.
/// </summary>
internal static class AzureSecretsCommand
{
    // A role assignment can take minutes to reach the key vault's front ends.
    private const int Attempts = 60;
    private const int SecondsBetweenAttempts = 10;

    /// <summary>Writes the command.</summary>
    /// <param name="path">The file that gets a line <c>NAME=value</c> for each secret.</param>
    /// <param name="secrets">The names in that file, and the secrets' names in the key vault; none for no such file.</param>
    /// <param name="certificates">The folder that gets the certificates, and the name in the key vault of the secret with their archive; null for none.</param>
    /// <returns>The command, a list of arguments.</returns>
    public static IReadOnlyList<string> Write(string path, IReadOnlyList<(string Variable, string Secret)> secrets, (string Directory, string Secret)? certificates)
    {
        string fetchCertificates = certificates is { } wanted
            ? $"\n    read_secret '{wanted.Secret}' && base64 -d <\"$work/value\" >\"$work/certificates.tar.gz\" || return 1"
            : string.Empty;
        var place = new List<string>();
        if (secrets.Count > 0)
        {
            place.Add($"install -D -m 0600 \"$work/secrets\" '{path}'");
        }

        if (certificates is { } placed)
        {
            place.Add($"mkdir -p '{placed.Directory}'");
            place.Add($"tar -xzf \"$work/certificates.tar.gz\" --no-same-owner -C '{placed.Directory}'");
        }

        var script = new StringBuilder($$"""
            set -euo pipefail
            umask 077
            work=$(mktemp -d)
            trap 'rm -rf "$work"' EXIT
            json() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
            read_secret() { curl --silent --show-error --fail --max-time 10 --config "$work/curl" "{{AzurePlaceholders.KeyVaultUri}}secrets/$1?api-version=7.4" | json value >"$work/value"; }
            fetch() {
                curl --silent --show-error --fail --max-time 10 --header Metadata:true 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net&client_id={{AzurePlaceholders.IdentityClientId}}' | json access_token >"$work/token" || return 1
                printf 'header = "Authorization: Bearer %s"\n' "$(cat "$work/token")" >"$work/curl"
                : >"$work/secrets"
                while read -r variable secret; do
                    read_secret "$secret" || return 1
                    printf '%s=%s\n' "$variable" "$(cat "$work/value")" >>"$work/secrets"
                done <"$work/wanted"{{fetchCertificates}}
            }
            cat >"$work/wanted" <<'WANTED'

            """);
        foreach ((string variable, string secret) in secrets)
        {
            script.Append(variable).Append(' ').Append(secret).Append('\n');
        }

        script.Append(CultureInfo.InvariantCulture, $$"""
            WANTED
            for attempt in $(seq {{Attempts}}); do
                if fetch; then
                    {{string.Join("\n        ", place)}}
                    exit 0
                fi
                echo "The key vault does not answer yet (attempt $attempt of {{Attempts}})."
                sleep {{SecondsBetweenAttempts}}
            done
            echo 'The secrets could not be fetched from {{AzurePlaceholders.KeyVaultUri}}: check that this machine has its identity and that the identity may read the secrets.' >&2
            exit 1

            """);
        return ["bash", "-c", script.ToString().ReplaceLineEndings("\n")];
    }
}
