namespace HaPgAspire.Hosting;

/// <summary>
/// Refuses passwords that somebody gave and that could not be carried unchanged to every place where they are needed: environment variables, PostgreSQL's password
/// file (a line each), HAProxy's configuration (a line each), HTTP's Basic authentication. Generated ones always can.
/// </summary>
internal static class ClusterSecretsValidation
{
    /// <summary>Bounds of a password's length. The most is what HAProxy's line of 2048 bytes takes in any script.</summary>
    public static OptionBounds Length { get; } = new(8, 200, "characters");

    /// <summary>Checks the passwords of every cluster of the application.</summary>
    /// <exception cref="ClusterException">One cannot be used; the message names its parameter and the bounds, not the value.</exception>
    public static async Task ThrowIfInvalidAsync(DistributedApplicationModel model, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        foreach (PatroniClusterResource cluster in model.Resources.OfType<PatroniClusterResource>())
        {
            foreach (ParameterResource parameter in cluster.Secrets.Passwords)
            {
                string value = await parameter.GetValueAsync(cancellationToken) ?? string.Empty;
                string? bounds = Violation(value)
                    ?? (parameter == cluster.PasswordParameter ? ConnectionStringViolation(value) : null)
                    ?? (parameter == cluster.ReplicationPasswordParameter || parameter == cluster.RewindPasswordParameter ? AsciiViolation(value) : null);
                if (bounds is not null)
                {
                    errors.Add($"the parameter {parameter.Name} {bounds}");
                }
            }
        }

        ClusterOptionsValidation.ThrowIfAny(errors);
    }

    /// <summary>Says what a password must be that cannot be used; null for one that can.</summary>
    public static string? Violation(string value) =>
        !Length.Contains(value.Length) ? $"must be {Length} long"
        : !OneLine.Holds(value) ? "must be one line of well-formed text without control characters"
        : value.Contains("{{", StringComparison.Ordinal) ? "must not hold '{{', which begins a template where Aspire's orchestrator passes on environment variables"
        : null;

    /// <summary>Says so for the passwords of the roles that Patroni makes itself: Patroni 4.0 quotes them in Latin-1 and fails on what it reads back.</summary>
    public static string? AsciiViolation(string value) => value.All(char.IsAscii) ? null : "must be ASCII, because Patroni makes this role itself and can give it no other password";

    /// <summary>
    /// Says so for the application's password, which also has to stand in connection strings as it is: Aspire's own for a PostgreSQL server quotes nothing.
    /// </summary>
    public static string? ConnectionStringViolation(string value) =>
        value.Contains(';', StringComparison.Ordinal)
        || value[0] is '=' or '"' or '\''
        || value[^1] is '"' or '\''
        || char.IsWhiteSpace(value[0])
        || char.IsWhiteSpace(value[^1])
            ? "must hold no ';', begin with no space, quote or '=', and end with no space or quote, because it stands in connection strings"
            : null;
}
