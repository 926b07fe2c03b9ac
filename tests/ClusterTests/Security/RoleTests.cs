namespace HaPgAspire.ClusterTests.Security;

/// <summary>Each role can do what it is for and nothing more, as PostgreSQL's own catalogs say.</summary>
[Collection(GuardedCluster.Name)]
[Trait("Category", "Engine")]
public sealed class RoleTests(GuardedCluster guarded)
{
    [Fact]
    public async Task Roles_have_the_attributes_that_they_need()
    {
        string[] roles = await guarded.SuperuserAsync(
            "data-node1",
            "SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1");
        Assert.Equal(
            [
                "app|t|f|f|t|f|f|-1",
                "monitoring|t|f|f|f|f|f|10",
                "postgres|t|t|t|t|t|t|-1",
                "replicator|t|f|f|f|t|f|-1",
                "rewinder|t|f|f|f|f|f|-1",
            ],
            roles);
        Assert.Equal(
            ["monitoring|pg_monitor"],
            await guarded.SuperuserAsync(
                "data-node1",
                "SELECT member::regrole, roleid::regrole FROM pg_auth_members WHERE member::regrole::text !~ '^pg_' AND roleid::regrole::text ~ '^pg_' ORDER BY 1, 2"));
        Assert.Empty(await guarded.SuperuserAsync(
            "data-node1", "SELECT 1 FROM pg_auth_members WHERE roleid::regrole::text IN ('postgres', 'replicator', 'rewinder', 'monitoring', 'app')"));
    }

    [Fact]
    public async Task Passwords_are_kept_as_scram_and_the_superuser_has_none() => Assert.Equal(
        ["app|SCRAM-SHA-256", "monitoring|SCRAM-SHA-256", "postgres|", "replicator|SCRAM-SHA-256", "rewinder|SCRAM-SHA-256"],
        await guarded.SuperuserAsync("data-node1", "SELECT rolname, split_part(coalesce(rolpassword, ''), '$', 1) FROM pg_authid WHERE rolcanlogin ORDER BY 1"));

    [Fact]
    public async Task The_rewind_role_may_execute_the_four_functions_of_pg_rewind_and_nothing_else()
    {
        // The list is that of PostgreSQL's documentation of pg_rewind.
        Assert.Equal(
            [
                "pg_ls_dir(text,boolean,boolean)",
                "pg_read_binary_file(text)",
                "pg_read_binary_file(text,bigint,bigint,boolean)",
                "pg_stat_file(text,boolean)",
            ],
            (await guarded.SuperuserAsync("data-node1", $"SELECT p.oid::regprocedure FROM pg_proc p, aclexplode(p.proacl) a WHERE a.grantee = 'rewinder'::regrole AND a.privilege_type = 'EXECUTE' AND NOT a.is_grantable"))
                .Order(StringComparer.Ordinal));
        await HasNothingElseAsync("rewinder", "pg_proc.proacl");
    }

    [Theory]
    [InlineData("replicator")]
    [InlineData("monitoring")]
    public Task A_role_of_the_cluster_was_granted_nothing_itself(string role) => HasNothingElseAsync(role);

    [Fact]
    public async Task The_application_owns_its_databases_and_was_granted_nothing_beyond()
    {
        Assert.Equal(["appdb"], await guarded.SuperuserAsync("data-node1", "SELECT datname FROM pg_database WHERE datdba = 'app'::regrole"));
        Assert.Empty(await guarded.SuperuserAsync("data-node1", "SELECT oid::regclass FROM pg_class WHERE relowner = 'app'::regrole"));
        await HasNothingElseAsync("app", "pg_database.datacl");
        Assert.Equal(["f|f"], await guarded.SuperuserAsync("data-node1", "SELECT has_schema_privilege('app', 'public', 'CREATE'), has_schema_privilege('monitoring', 'public', 'CREATE')"));
    }

    [Theory]
    [InlineData("SELECT pg_read_file('/etc/patroni/patroni.yml')")]
    [InlineData("SELECT pg_read_binary_file('PG_VERSION')")]
    [InlineData("SELECT pg_ls_dir('/')")]
    [InlineData("SELECT lo_import('/proc/self/environ')")]
    [InlineData("COPY (SELECT 1) TO PROGRAM 'id'")]
    [InlineData("CREATE TABLE stolen (line text); COPY stolen FROM '/proc/self/environ'")]
    [InlineData("SELECT rolpassword FROM pg_authid")]
    [InlineData("ALTER SYSTEM SET log_statement = 'all'")]
    [InlineData("CREATE ROLE other LOGIN SUPERUSER")]
    [InlineData("ALTER ROLE monitoring PASSWORD 'taken-over'")]
    [InlineData("ALTER ROLE app SUPERUSER")]
    [InlineData("SET ROLE postgres")]
    [InlineData("GRANT pg_read_server_files TO app")]
    [InlineData("SELECT pg_promote()")]
    [InlineData("SELECT pg_switch_wal()")]
    [InlineData("SELECT pg_create_physical_replication_slot('held')")]
    [InlineData("SET synchronous_standby_names = ''")]
    public async Task The_application_cannot_do_what_a_superuser_can(string sql)
    {
        await using var connection = new Npgsql.NpgsqlConnection(await guarded.Cluster.ConnectionStringAsync("appdb", TestContext.Current.CancellationToken));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using Npgsql.NpgsqlTransaction transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using Npgsql.NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.Contains(refused.SqlState, (string[])[Npgsql.PostgresErrorCodes.InsufficientPrivilege, Npgsql.PostgresErrorCodes.CantChangeRuntimeParam, Npgsql.PostgresErrorCodes.ActiveSqlTransaction]);
    }

    // Whatever the catalogs of the cluster and of two databases say was granted to a role.
    private async Task HasNothingElseAsync(string role, params string[] except)
    {
        string[] lists = ["pg_database.datacl", "pg_tablespace.spcacl", "pg_parameter_acl.paracl", "pg_class.relacl", "pg_attribute.attacl", "pg_namespace.nspacl", "pg_proc.proacl", "pg_type.typacl", "pg_language.lanacl", "pg_largeobject_metadata.lomacl", "pg_foreign_data_wrapper.fdwacl", "pg_foreign_server.srvacl", "pg_default_acl.defaclacl"];
        string query = string.Join(" UNION ALL ", lists.Except(except).Select(list => list.Split('.')).Select(list => $"SELECT '{list[0]}' FROM {list[0]}, aclexplode({list[1]}) a WHERE a.grantee = '{role}'::regrole"));
        foreach (string database in (string[])["postgres", "appdb", "template1"])
        {
            Assert.Empty(await guarded.SuperuserAsync("data-node1", query, database));
        }
    }
}
