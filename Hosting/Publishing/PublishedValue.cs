namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// A value of the graph as a target sees it: text, with holes where parameters go. How a hole is written (<c>${NAME}</c> for compose, an
/// interpolation for Bicep) is the target's affair.
/// </summary>
/// <param name="Parts">The parts in order.</param>
internal sealed record PublishedValue(IReadOnlyList<PublishedValuePart> Parts)
{
    /// <summary>Whether a secret parameter is part of the value.</summary>
    public bool HoldsSecret => Parameters.Any(parameter => parameter.Secret);

    /// <summary>The parameters in the value.</summary>
    public IEnumerable<ParameterResource> Parameters => Parts.OfType<PublishedValuePart.Hole>().Select(hole => hole.Parameter);

    /// <summary>Whether a text is part of the value.</summary>
    /// <param name="text">The text.</param>
    /// <returns>True when it is part of one of the value's texts.</returns>
    public bool Mentions(string text) => Parts.OfType<PublishedValuePart.Text>().Any(part => part.Value.Contains(text, StringComparison.Ordinal));

    /// <summary>Writes the value out.</summary>
    /// <param name="text">Writes a piece of text, escaped as the target needs it.</param>
    /// <param name="hole">Writes a parameter.</param>
    /// <returns>The written value.</returns>
    public string Write(Func<string, string> text, Func<ParameterResource, string> hole) => string.Concat(Parts.Select(part => part switch
    {
        PublishedValuePart.Text literal => text(literal.Value),
        PublishedValuePart.Hole parameter => hole(parameter.Parameter),
        _ => string.Empty,
    }));
}
