namespace HaPgAspire.UnitTests.HostingModel;

public sealed class ParameterTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.Create();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Configuration_wins_over_the_default()
    {
        _builder.Configuration["Parameters:p"] = "configured";

        Assert.Equal("configured", await _builder.AddParameter("p", new GenerateParameterDefault()).Resource.GetValueAsync(Token));
    }

    [Fact]
    public async Task Underscores_stand_for_the_dashes_of_a_name()
    {
        _builder.Configuration["Parameters:a_name"] = "configured";

        Assert.Equal("configured", await _builder.AddParameter("a-name", new GenerateParameterDefault()).Resource.GetValueAsync(Token));
    }

    [Fact]
    public async Task The_name_itself_comes_before_the_one_with_underscores()
    {
        _builder.Configuration["Parameters:a_name"] = "other";
        _builder.Configuration["Parameters:a-name"] = "configured";

        Assert.Equal("configured", await _builder.AddParameter("a-name").Resource.GetValueAsync(Token));
    }

    [Fact]
    public async Task An_empty_value_of_a_name_with_dashes_is_none()
    {
        _builder.Configuration["Parameters:a-name"] = string.Empty;

        Assert.NotEmpty((await _builder.AddParameter("a-name", new GenerateParameterDefault()).Resource.GetValueAsync(Token))!);
    }

    [Fact]
    public async Task A_missing_value_is_named()
    {
        var parameter = _builder.AddParameter("p").Resource;

        var error = await Assert.ThrowsAsync<MissingParameterValueException>(async () => await parameter.GetValueAsync(Token));

        Assert.Contains("Parameters:p", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_is_asked_for_once()
    {
        var calls = 0;
        var parameter = new ParameterResource("p", _ => (++calls).ToString(System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal("1", await parameter.GetValueAsync(Token));
        Assert.Equal("1", await parameter.GetValueAsync(Token));
    }

    [Fact]
    public void A_secret_is_not_published() =>
        Assert.Throws<ArgumentException>(() => _builder.AddParameter("p", "value", publishValueAsDefault: true, secret: true));

    [Fact]
    public void A_generated_value_keeps_its_rule()
    {
        var value = new GenerateParameterDefault { MinLength = 40, Special = false, Upper = false, MinNumeric = 3 }.GetDefaultValue();

        Assert.Equal(40, value.Length);
        Assert.All(value, c => Assert.True(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)));
        Assert.True(value.Count(char.IsAsciiDigit) >= 3);
    }

    [Fact]
    public void Generated_values_differ()
    {
        var rule = new GenerateParameterDefault();

        Assert.NotEqual(rule.GetDefaultValue(), rule.GetDefaultValue());
    }

    [Fact]
    public async Task A_password_parameter_is_secret_and_has_a_value()
    {
        var parameter = ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(_builder, "password", special: false);

        Assert.True(parameter.Secret);
        Assert.True((await parameter.GetValueAsync(Token))!.Length >= 22);
        Assert.DoesNotContain(parameter, _builder.Resources);
    }
}
