using System.Diagnostics;
using Npgsql;

namespace HaPgAspire.ProbeTests.Engine;

/// <summary>One PostgreSQL server in a container of the data nodes' own image, for the tests of its collection.</summary>
[CollectionDefinition(nameof(PostgresContainer))]
public sealed class PostgresContainer : IAsyncLifetime, ICollectionFixture<PostgresContainer>
{
    /// <summary>The application role's password, which must not be seen anywhere.</summary>
    public const string Password = "hunter2-of-the-application";

    private const string Image = "hapg-probe-test";

    // The data is thrown away with the container, so there is no need to flush it.
    private const string Start = """
        printf %s "$SUPERUSER_PASSWORD" > /tmp/password &&
        /usr/lib/postgresql/17/bin/initdb -D /tmp/data -U postgres --pwfile=/tmp/password -A scram-sha-256 &&
        echo 'host all all all scram-sha-256' >> /tmp/data/pg_hba.conf &&
        exec /usr/lib/postgresql/17/bin/postgres -D /tmp/data -c 'listen_addresses=*' -c unix_socket_directories=/tmp -c fsync=off
        """;

    private readonly string _superuser = Guid.NewGuid().ToString("N");
    private string? _container;

    /// <summary>Its port on loopback.</summary>
    public int Port { get; private set; }

    /// <summary>The application's connection string.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username=app;Password={Password};Database=appdb";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        await Docker.RunAsync(token, "build", "-q", "--target", "patroni", "-t", Image, Path.Combine(Repository(), "Hosting", "Images"));
        _container = await Docker.RunAsync(
            token, "run", "-d", "--rm", "-p", "127.0.0.1::5432", "-e", $"SUPERUSER_PASSWORD={_superuser}", "--entrypoint", "sh", Image, "-c", Start);
        var address = await Docker.RunAsync(token, "port", _container, "5432/tcp");
        Port = int.Parse(address[(address.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        await UntilReadyAsync(token);
        await ExecuteAsync("postgres", $"CREATE ROLE app LOGIN CREATEDB PASSWORD '{Password}'");
        await ExecuteAsync("postgres", "CREATE DATABASE appdb OWNER app");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_container is not null)
        {
            await Docker.RunAsync(CancellationToken.None, "rm", "-f", "-v", _container);
        }
    }

    /// <summary>Does something as superuser.</summary>
    public async Task ExecuteAsync(string database, string statement)
    {
        await using var source = Superuser(database);
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    // Named, because the tests look for connection strings in all that Npgsql reports.
    private NpgsqlDataSource Superuser(string database) => new NpgsqlDataSourceBuilder(
        $"Host=127.0.0.1;Port={Port};Username=postgres;Password={_superuser};Database={database};Pooling=false")
    { Name = "probe fixture" }.Build();

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await using var source = Superuser("postgres");
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException) when (Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }
    }

    private static string Repository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "HaPgAspire.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests do not run in the repository.");
        }

        return directory.FullName;
    }
}
