namespace HaPgAspire.Hosting.Publishing;

/// <summary>A part of a <see cref="PublishedValue"/>.</summary>
internal abstract record PublishedValuePart
{
    /// <summary>Plain text.</summary>
    /// <param name="Value">The text.</param>
    internal sealed record Text(string Value) : PublishedValuePart;

    /// <summary>The place of a parameter's value, which is not known when publishing.</summary>
    /// <param name="Parameter">The parameter.</param>
    internal sealed record Hole(ParameterResource Parameter) : PublishedValuePart;
}
