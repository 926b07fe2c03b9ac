using Microsoft.Extensions.Configuration;

namespace HaPgAspire.LocalHosting.Pipelines;

/// <summary>What the command line asks the app host to do.</summary>
internal static class PublishRequest
{
    /// <summary>Publish when <c>--operation publish</c> or <c>--publisher NAME</c> is given.</summary>
    public static DistributedApplicationOperation Operation(IConfiguration configuration)
    {
        if (configuration["operation"] is { } operation)
        {
            return Enum.TryParse<DistributedApplicationOperation>(operation, ignoreCase: true, out var parsed)
                ? parsed
                : throw new DistributedApplicationException($"Invalid operation '{operation}'; there are 'run' and 'publish'.");
        }

        return configuration["publisher"] is null ? DistributedApplicationOperation.Run : DistributedApplicationOperation.Publish;
    }
}
