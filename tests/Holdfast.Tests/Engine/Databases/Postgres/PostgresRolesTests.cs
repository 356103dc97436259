using System.Text;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Postgres;

public sealed class PostgresRolesTests(SharedPostgresCluster shared)
{
    [Fact]
    public void Statements_end_where_no_quotes_are()
    {
        const string Script = """
            -- a comment; with a semicolon
            \connect "odd; db"
            CREATE ROLE "a;""b"; COMMENT ON ROLE x IS E'it\'s; fine';
            SET x = 'two ''parts''; here'
            """;
        Assert.Equal(["CREATE ROLE \"a;\"\"b\"", "COMMENT ON ROLE x IS E'it\\'s; fine'", "SET x = 'two ''parts''; here'"], SqlStatements.In(Script));
    }

    [Fact]
    public async Task Roles_come_with_rights_and_memberships_but_without_passwords()
    {
        var cluster = await shared.GetAsync();
        var role = "odd \"; role " + Guid.NewGuid().ToString("n")[..6];
        var name = PostgresConnections.Identifier(role);
        var server = await PostgresServer.ResolveAsync(PostgresAddress.Parse(cluster.ConnectionString()), TimeProvider.System, TestContext.Current.CancellationToken);
        await using var maintenance = await PostgresMaintenance.OpenAsync(server, TestContext.Current.CancellationToken);

        var wrong = await new PostgresRoles(maintenance).MakeAsync(
            Encoding.UTF8.GetBytes($"""
                -- Roles
                CREATE ROLE {name};
                ALTER ROLE {name} WITH NOSUPERUSER INHERIT NOCREATEROLE CREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 3 PASSWORD 'SCRAM-SHA-256$4096:a''b$c:d' VALID UNTIL 'infinity';
                ALTER ROLE {name} SET work_mem TO '1MB';
                CREATE TABLESPACE nowhere OWNER {name} LOCATION '/nowhere';
                GRANT pg_monitor TO {name};
                GRANT "not there" TO {name};
                \! touch /tmp/holdfast-must-not-run
                """),
            TestContext.Current.CancellationToken);

        Assert.Contains("not there", Assert.Single(wrong), StringComparison.Ordinal);
        var made = await cluster.QueryAsync("postgres", $"select rolcreatedb, rolconnlimit, rolpassword is null, rolvaliduntil from pg_authid where rolname = {PostgresConnections.Literal(role)}");
        Assert.Equal("t|3|t|infinity", made);
        Assert.Equal("t", await cluster.QueryAsync("postgres", $"select pg_has_role({PostgresConnections.Literal(role)}, 'pg_monitor', 'member')"));
        await cluster.QueryAsync("postgres", $"drop role {name}");
    }
}
