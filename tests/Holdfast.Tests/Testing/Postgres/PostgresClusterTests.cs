using System.Diagnostics;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Testing.Postgres;

public sealed class PostgresClusterTests(SharedPostgresCluster shared)
{
    [Fact]
    public async Task Two_clusters_run_beside_each_other_one_of_them_with_checksums()
    {
        var plain = await shared.GetAsync();
        await using var checked_ = await PostgresCluster.StartAsync(new PostgresClusterOptions { Checksums = true });

        Assert.NotEqual(plain.Port, checked_.Port);
        Assert.Equal("off", await plain.QueryAsync("postgres", "show data_checksums"));
        Assert.Equal("on", await checked_.QueryAsync("postgres", "show data_checksums"));
        Assert.Equal("t", await checked_.QueryAsync("postgres", "select rolsuper from pg_roles where rolname = current_user"));
    }

    [Fact]
    public async Task The_server_is_not_root_and_connections_over_tcp_need_the_password()
    {
        var cluster = await shared.GetAsync();
        var owner = await RunningProcess.RunAsync("stat", ["-c", "%U", cluster.DataDirectory]);
        Assert.Equal(PostgresInstallation.Account, owner.Expect(0).Output.Trim());

        var without = await cluster.RunAsync("psql", ["-X", "-w", "-c", "select 1", cluster.TcpConnectionString()]);
        Assert.Contains("no password supplied", without.Error, StringComparison.Ordinal);
        var with = await cluster.RunAsync("psql", ["-X", "-w", "-A", "-t", "-c", "select 7", cluster.TcpConnectionString() + $" password={cluster.Password}"]);
        Assert.Equal("7", with.Expect(0).Output.Trim());
    }

    [Fact]
    public async Task A_cluster_ends_with_whoever_started_it()
    {
        PostgresInstallation.Require("postgres");
        await using var cluster = await PostgresCluster.StartAsync();
        var number = int.Parse((await File.ReadAllLinesAsync(Path.Combine(cluster.DataDirectory, "postmaster.pid"), TestContext.Current.CancellationToken))[0], System.Globalization.CultureInfo.InvariantCulture);
        using var server = Process.GetProcessById(number);

        // What the end of the input does, which the end of the test's process brings about.
        await cluster.DisposeAsync();

        await Conditions.Eventually("the server has ended", () => server.HasExited);
    }

    [Fact]
    public async Task A_standby_is_in_recovery_and_has_what_its_primary_has()
    {
        await using var primary = await PostgresCluster.StartAsync();
        var database = await primary.NewDatabaseAsync("create table t as select 1 as id");
        await using var standby = await primary.StartStandbyAsync();

        Assert.Equal("t", await standby.QueryAsync("postgres", "select pg_is_in_recovery()"));
        Assert.Equal("1", await standby.QueryAsync(database, "select id from t"));
    }

    [Fact]
    public async Task A_cluster_starts_again_with_its_data_and_on_its_port()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var (port, database) = (cluster.Port, await cluster.NewDatabaseAsync("create table t as select 5 as id"));
        await cluster.StopAsync();
        await cluster.StartAgainAsync();

        Assert.Equal(port, cluster.Port);
        Assert.Equal("5", await cluster.QueryAsync(database, "select id from t"));
    }

    [Fact]
    public async Task Pgbouncer_leads_to_the_cluster()
    {
        var cluster = await shared.GetAsync();
        await using var bouncer = await PgBouncer.StartAsync(cluster, "transaction");
        var result = await cluster.RunAsync("psql", ["-X", "-A", "-t", "-h", bouncer.SocketDirectory, "-c", "select 3"]);

        Assert.Equal("3", result.Expect(0).Output.Trim());
    }
}
