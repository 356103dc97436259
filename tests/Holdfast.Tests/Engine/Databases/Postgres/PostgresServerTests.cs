using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Postgres;

/// <summary>What an operator meets on the way to a real server.</summary>
public sealed class PostgresServerTests(SharedPostgresCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_password_comes_from_a_file_a_program_or_the_password_file()
    {
        var cluster = await shared.GetAsync();
        using var temp = new TempDirectory();
        var file = temp.WriteFile("password", cluster.Password + "\n");
        var passfile = temp.WriteFile("pgpass", $"127.0.0.1:{cluster.Port}:*:postgres:{cluster.Password}\n");
        File.SetUnixFileMode(passfile, UnixFileMode.UserRead);
        var address = PostgresAddress.Parse(cluster.TcpConnectionString());

        foreach (var way in new[]
        {
            address with { Password = new PassphraseSource.SecretFile(file) },
            address with { Password = new PassphraseSource.Command(["cat", file]) },
            PostgresAddress.Parse(cluster.TcpConnectionString() + $" passfile={passfile}"),
        })
        {
            var server = await PostgresServer.ResolveAsync(way, TimeProvider.System, Token);
            await using var snapshot = await PostgresSnapshot.OpenAsync(server, TimeProvider.System, Token);
            Assert.Equal(PostgresInstallation.Major, snapshot.Version.Major);
            Assert.DoesNotContain(cluster.Password, server.Display + server.ServerDisplay, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_service_file_gives_what_the_address_does_not_say()
    {
        var cluster = await shared.GetAsync();
        var database = await cluster.NewDatabaseAsync();
        using var temp = new TempDirectory();
        var services = temp.WriteFile("services", $"[orchard]\nhost=127.0.0.1\nport={cluster.Port}\nuser=postgres\ndbname=nothing\npassword={cluster.Password}\n");

        var server = await PostgresServer.ResolveAsync(
            PostgresAddress.Parse($"service=orchard dbname={database}") with { ServiceFile = services }, TimeProvider.System, Token);
        await using var snapshot = await PostgresSnapshot.OpenAsync(server, TimeProvider.System, Token);

        Assert.Equal(database, server.Database);
    }

    [Fact]
    public async Task A_wrong_password_and_none_at_all_are_told_apart()
    {
        var cluster = await shared.GetAsync();
        var address = PostgresAddress.Parse(cluster.TcpConnectionString() + " passfile=/dev/null");

        var wrong = await RefusedAsync(address with { Password = new PassphraseSource.Literal("wrong"u8.ToArray()) });
        Assert.Equal(FailureKind.Unavailable, wrong.Kind);
        Assert.Contains("does not accept the password", wrong.Message, StringComparison.Ordinal);
        var none = await RefusedAsync(address);
        Assert.Contains("none is known", none.Message, StringComparison.Ordinal);
        Assert.Contains(".pgpass", none.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host=127.0.0.1 port=1 dbname=a", FailureKind.Unavailable, "nothing listens there")]
    [InlineData("host=/nonexistent dbname=a", FailureKind.Unavailable, "no such socket")]
    [InlineData("host=nowhere.invalid dbname=a", FailureKind.Unavailable, "its name is not known")]
    public async Task A_server_that_is_not_there_is_told_with_its_address(string text, FailureKind kind, string expected)
    {
        var error = await RefusedAsync(PostgresAddress.Parse(text));

        Assert.Equal(kind, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task A_role_and_a_database_that_are_not_there_are_named()
    {
        var cluster = await shared.GetAsync();

        Assert.Contains("\"nobody_here\"", (await RefusedAsync(PostgresAddress.Parse(cluster.ConnectionString(user: "nobody_here")))).Message, StringComparison.Ordinal);
        var database = await RefusedAsync(PostgresAddress.Parse(cluster.ConnectionString("nothing_here")));
        Assert.Equal(FailureKind.NotFound, database.Kind);
        Assert.Contains("\"nothing_here\"", database.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_has_no_connection_left_is_told_so()
    {
        var cluster = await shared.GetAsync();
        await cluster.QueryAsync("postgres", "create role crowded login connection limit 0");

        var error = await RefusedAsync(PostgresAddress.Parse(cluster.ConnectionString(user: "crowded")));
        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Contains("no connection left", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pgbouncer_is_refused_where_it_shares_connections_and_accepted_where_it_does_not()
    {
        var cluster = await shared.GetAsync();
        await using (var sharing = await PgBouncer.StartAsync(cluster, "transaction"))
        {
            var error = await RefusedAsync(PostgresAddress.Parse($"host={sharing.SocketDirectory} port={cluster.Port} user=postgres dbname=postgres"));
            Assert.Equal(FailureKind.Refused, error.Kind);
            Assert.Contains("PgBouncer", error.Message, StringComparison.Ordinal);
        }

        await using var loyal = await PgBouncer.StartAsync(cluster, "session");
        var server = await ResolveAsync(PostgresAddress.Parse($"host={loyal.SocketDirectory} port={cluster.Port} user=postgres dbname=postgres"));
        await using var snapshot = await PostgresSnapshot.OpenAsync(server, TimeProvider.System, Token);
        Assert.False(snapshot.IsStandby);
    }

    [Fact]
    public async Task A_standby_is_known_for_one()
    {
        await using var primary = await PostgresCluster.StartAsync();
        await using var standby = await primary.StartStandbyAsync();
        await using var snapshot = await PostgresSnapshot.OpenAsync(await ResolveAsync(PostgresAddress.Parse(standby.ConnectionString())), TimeProvider.System, Token);

        Assert.True(snapshot.IsStandby);
    }

    [Fact]
    public async Task The_programs_of_the_server_are_taken_and_older_ones_refused()
    {
        PostgresInstallation.Require("pg_dump");
        var tools = PostgresTools.OfSystem(TimeProvider.System);

        Assert.Equal($"{PostgresInstallation.ProgramFolder}/pg_dump", (await tools.RequireAsync("pg_dump", PostgresInstallation.Major, Token)).ToString());
        var error = await Assert.ThrowsAsync<HoldfastException>(() => tools.RequireAsync("pg_dump", 39, Token));
        Assert.Equal(FailureKind.NotFound, error.Kind);
        Assert.Contains("PostgreSQL 39", error.Message, StringComparison.Ordinal);
        Assert.Contains("postgresql-client-39", error.Hint, StringComparison.Ordinal);
        Assert.Throws<HoldfastException>(() => tools.RequireExactly("pg_ctl", 12));
    }

    private static async Task<PostgresServer> ResolveAsync(PostgresAddress address) => await PostgresServer.ResolveAsync(address, TimeProvider.System, Token);

    private static Task<HoldfastException> RefusedAsync(PostgresAddress address) => Assert.ThrowsAsync<HoldfastException>(async () =>
    {
        await using var snapshot = await PostgresSnapshot.OpenAsync(await ResolveAsync(address), TimeProvider.System, Token);
    });
}
