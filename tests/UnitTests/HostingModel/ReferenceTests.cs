namespace HaPgAspire.UnitTests.HostingModel;

public sealed class ReferenceTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.Create();
    private readonly IResourceBuilder<PostgresDatabaseResource> _database;
    private readonly IResourceBuilder<ContainerResource> _client;

    public ReferenceTests()
    {
        var password = new ParameterResource("server-password", _ => "p w", secret: true);
        var user = new ParameterResource("server-user", _ => "ann");
        var server = _builder.AddResource(new PostgresServerResource("server", user, password)).WithImage("image").WithEndpoint(targetPort: 5432, name: "tcp");
        var endpoint = server.Resource.PrimaryEndpoint.EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 15432);
        _database = server.AddDatabase("app-db", "the db");
        _client = _builder.AddContainer("client", "image");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_has_its_servers_connection_string_and_its_own_name()
    {
        Assert.Equal("Host=localhost;Port=15432;Username=ann;Password=p w;Database=\"the db\"", await _database.Resource.ConnectionStringExpression.GetValueAsync(Token));
        Assert.Equal("postgresql://ann:p%20w@localhost:15432/the%20db", await _database.Resource.UriExpression.GetValueAsync(Token));
        Assert.Equal("jdbc:postgresql://localhost:15432/the%20db", await _database.Resource.JdbcConnectionString.GetValueAsync(Token));
        Assert.Equal("the db", _database.Resource.Parent.Databases["app-db"]);
    }

    [Fact]
    public async Task Another_resource_s_connection_string_can_take_the_place_of_the_server_s()
    {
        PostgresServerResource server = _database.Resource.Parent;
        server.Annotations.Add(new ConnectionStringRedirectAnnotation(new Elsewhere("elsewhere")));

        Assert.Equal("Host=elsewhere", await server.GetConnectionStringAsync(Token));
        Assert.Equal("Host=elsewhere", await server.ConnectionStringExpression.GetValueAsync(Token));
        Assert.Equal("Host=elsewhere;Database=\"the db\"", await _database.Resource.ConnectionStringExpression.GetValueAsync(Token));
    }

    [Fact]
    public async Task A_reference_brings_the_connection_string_and_its_parts()
    {
        _client.WithReference(_database);

        var variables = await VariablesAsync(_client.Resource);

        Assert.Equal("{app-db.connectionString}", Expression(variables["ConnectionStrings__app-db"]));
        Assert.Equal("the db", Expression(variables["APP_DB_DATABASENAME"]));
        Assert.Equal("{server.bindings.tcp.port}", Expression(variables["APP_DB_PORT"]));
        Assert.Contains("APP_DB_URI", variables.Keys);
    }

    [Fact]
    public async Task A_reference_can_have_another_name()
    {
        _client.WithReference(_database, "main");

        var variables = await VariablesAsync(_client.Resource);

        Assert.Contains("ConnectionStrings__main", variables.Keys);
        Assert.Contains("MAIN_HOST", variables.Keys);
        Assert.DoesNotContain("ConnectionStrings__app-db", variables.Keys);
    }

    [Fact]
    public void What_is_referred_to_is_shown()
    {
        var parameter = _builder.AddParameter("p", "value");
        _client.WithEnvironment("A", $"x{parameter}").WithEnvironment("B", parameter).WithReference(_database);

        var references = _client.Resource.Annotations.OfType<ResourceRelationshipAnnotation>().Where(a => a.Type == "Reference").Select(a => a.Resource.Name);
        Assert.Equal(["app-db", "p"], references.Distinct().Order());
    }

    [Fact]
    public void Waiting_for_a_database_waits_for_its_server()
    {
        _client.WaitFor(_database);

        Assert.Equal(["app-db", "server"], _client.Resource.Annotations.OfType<WaitAnnotation>().Select(a => a.Resource.Name).Order());
    }

    [Fact]
    public void Nothing_waits_for_itself() => Assert.Throws<DistributedApplicationException>(() => _client.WaitFor(_client));

    private async Task<Dictionary<string, object>> VariablesAsync(ContainerResource resource)
    {
        var context = new EnvironmentCallbackContext(_builder.ExecutionContext, resource, cancellationToken: Token);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }

    private sealed class Elsewhere(string name) : Resource(name), IResourceWithConnectionString
    {
        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"Host=elsewhere");
    }

    private static string Expression(object value) => value is IManifestExpressionProvider provider ? provider.ValueExpression : (string)value;
}
