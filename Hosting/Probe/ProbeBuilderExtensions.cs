namespace HaPgAspire.Hosting;

/// <summary>What the app host gives to the probe beyond the references that every client gets.</summary>
public static class ProbeBuilderExtensions
{
    /// <summary>The command that shows the token.</summary>
    internal const string ActionToken = "action-token";

    /// <summary>
    /// Lets the probe's page act on the cluster (switchover, verification) for those who have a token. The token is generated once and kept in the app host's
    /// user secrets; the command <c>action-token</c> of the probe's resource shows it.
    /// </summary>
    /// <typeparam name="T">The kind of the probe's resource.</typeparam>
    /// <param name="builder">The probe's builder.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<T> WithActionToken<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        IResourceBuilder<ParameterResource> token = builder.ApplicationBuilder.AddParameter(
            $"{builder.Resource.Name}-{ActionToken}", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);
        return builder
            .WithAnnotation(new ProbeAnnotation(token.Resource))
            .WithEnvironment("Probe__ActionToken", token)
            .WithCommand(
                ActionToken,
                "Show the action token",
                async context => CommandResults.Success(
                    "The token for the actions of the probe's page", await token.Resource.GetValueAsync(context.CancellationToken) ?? string.Empty),
                new CommandOptions { Description = "The token that the page asks for before it acts on the cluster.", IconName = "Key" });
    }
}
