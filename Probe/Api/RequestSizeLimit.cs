using Microsoft.AspNetCore.Http.Metadata;

namespace HaPgAspire.Probe.Api;

/// <summary>The largest body an endpoint reads, bytes.</summary>
internal sealed record RequestSizeLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
