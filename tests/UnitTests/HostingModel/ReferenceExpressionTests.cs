namespace HaPgAspire.UnitTests.HostingModel;

public sealed class ReferenceExpressionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Values_are_put_in_at_run_time_and_named_in_the_manifest()
    {
        var user = Parameter("user", "ann");

        var expression = ReferenceExpression.Create($"User={user};Mode={"fast"}");

        Assert.Equal("User=ann;Mode=fast", await expression.GetValueAsync(Token));
        Assert.Equal("User={user.value};Mode=fast", expression.ValueExpression);
        Assert.Equal([user], expression.ValueProviders);
    }

    [Fact]
    public async Task Braces_in_literals_and_values_stay_braces()
    {
        var value = Parameter("value", "{x}");

        Assert.Equal("{a} {{x}}".Replace("{{x}}", "{x}", StringComparison.Ordinal), await ReferenceExpression.Create($"{{a}} {value}").GetValueAsync(Token));
        Assert.Equal("{b}", await ReferenceExpression.Create($"{"{b}"}").GetValueAsync(Token));
    }

    [Fact]
    public async Task A_value_can_be_escaped_for_a_URI()
    {
        var password = Parameter("password", "a b/c");

        Assert.Equal("p:a%20b%2Fc", await ReferenceExpression.Create($"p:{password:uri}").GetValueAsync(Token));
    }

    [Fact]
    public async Task Expressions_nest()
    {
        var inner = ReferenceExpression.Create($"[{Parameter("p", "1")}]");

        var outer = ReferenceExpression.Create($"({inner})");

        Assert.Equal("([1])", await outer.GetValueAsync(Token));
        Assert.Equal("([{p.value}])", outer.ValueExpression);
    }

    [Fact]
    public async Task The_empty_expression_has_no_value()
    {
        Assert.Null(await ReferenceExpression.Empty.GetValueAsync(Token));
        Assert.Null(await ReferenceExpression.Create($"").GetValueAsync(Token));
    }

    [Fact]
    public async Task A_builder_puts_pieces_together()
    {
        var builder = new ReferenceExpressionBuilder();
        Assert.True(builder.IsEmpty);

        builder.AppendLiteral("Host=");
        builder.Append($"{Parameter("host", "h")}:{"1"}");
        builder.AppendFormatted(";");
        builder.AppendValueProvider(Parameter("rest", "r s"), "uri");

        Assert.Equal("Host=h:1;r%20s", await builder.Build().GetValueAsync(Token));
        Assert.Throws<ArgumentException>(() => builder.AppendValueProvider("no provider"));
    }

    [Theory]
    [InlineData("true", "yes")]
    [InlineData("false", "no")]
    public async Task A_condition_chooses(string value, string expected)
    {
        var expression = ReferenceExpression.CreateConditional(
            Parameter("flag", value), "True", ReferenceExpression.Create($"yes"), ReferenceExpression.Create($"no"));

        Assert.Equal(expected, await expression.GetValueAsync(Token));
        Assert.True(expression.IsConditional);
    }

    private static ParameterResource Parameter(string name, string value) => new(name, _ => value);
}
