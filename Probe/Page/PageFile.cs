namespace HaPgAspire.Probe.Page;

/// <summary>One file of the page.</summary>
/// <param name="Path">Path below the page's root, without a leading slash.</param>
/// <param name="ContentType">Media type.</param>
/// <param name="Content">The bytes.</param>
/// <param name="EntityTag">Quoted tag that changes with the content.</param>
internal sealed record PageFile(string Path, string ContentType, byte[] Content, string EntityTag);
