using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.UnitTests.Publishing;

public sealed class ComposeVariablesTests
{
    private readonly ComposeVariables _variables = new();

    [Fact]
    public void Places_have_a_default_or_refuse_to_start()
    {
        Assert.Equal("${PORT:-5000}", _variables.Setting("PORT", "5000", "A port"));
        Assert.Equal("${PASSWORD:?has no value in .env}", _variables.Secret("PASSWORD", "A secret"));
    }

    [Fact]
    public void Without_being_asked_no_secret_is_made()
    {
        _variables.Secret("PASSWORD", "A secret");
        _variables.Setting("PORT", "5000", "A port");

        string text = _variables.Write(existing: null, generateSecrets: false);

        Assert.Equal("# A secret\nPASSWORD=\n# A port\nPORT=5000\n", text);
        Assert.Equal(["PASSWORD"], _variables.Missing(text));
    }

    [Fact]
    public void Secrets_are_made_once()
    {
        _variables.Secret("PASSWORD", "A secret");
        _variables.Secret("OTHER", "Another secret");

        string first = _variables.Write(existing: null, generateSecrets: true);
        string second = _variables.Write(first, generateSecrets: true);

        Assert.Equal(first, second);
        Assert.Empty(_variables.Missing(first));
        string[] values = [.. first.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal)).Select(line => line.Split('=')[1])];
        Assert.Equal(2, values.Distinct().Count());
        Assert.All(values, value => Assert.Matches("^[A-Za-z0-9]{32}$", value));
    }

    [Fact]
    public void What_the_operator_wrote_is_kept()
    {
        _variables.Secret("PASSWORD", "A secret");
        _variables.Setting("PORT", "5000", "A port");
        _variables.Required("REGION", "A region");

        string text = _variables.Write("# mine\nPORT=6000\r\nEXTRA='a=b'\nPASSWORD=\n", generateSecrets: true);

        string[] lines = text.Split('\n');
        Assert.Equal(["# mine", "PORT=6000", "EXTRA='a=b'"], lines[..3]);
        Assert.Matches("^PASSWORD=[A-Za-z0-9]{32}$", lines[3]);
        Assert.Equal(["# A region", "REGION=", ""], lines[4..]);
        Assert.Equal(["REGION"], _variables.Missing(text));
    }
}
