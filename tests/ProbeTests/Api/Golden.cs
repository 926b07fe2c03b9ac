namespace HaPgAspire.ProbeTests.Api;

/// <summary>Answers that were looked at and found good, in Golden/. What differs is left beside them in the output folder as `.actual`.</summary>
internal static class Golden
{
    public static async Task MatchAsync(string name, string actual)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var path = Path.Combine(AppContext.BaseDirectory, "Api", "Golden", name);
        var expected = await File.ReadAllTextAsync(path, cancellationToken);
        if (expected != actual)
        {
            await File.WriteAllTextAsync(path + ".actual", actual, cancellationToken);
        }

        Assert.Equal(expected, actual);
    }
}
