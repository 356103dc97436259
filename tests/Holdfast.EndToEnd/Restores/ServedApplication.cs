using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;

namespace Holdfast.EndToEnd.Restores;

/// <summary>An application with one database of PostgreSQL, one of SQLite and a file, all of the same version, that counts as running as long as a file is there.</summary>
internal sealed class ServedApplication : IDisposable
{
    private ServedApplication(Workplace place, PostgresCluster cluster, string database) => (Place, Cluster, Database) = (place, cluster, database);

    public Workplace Place { get; }

    public PostgresCluster Cluster { get; }

    /// <summary>Its database on the server.</summary>
    public string Database { get; }

    /// <summary>Its database that is a file.</summary>
    public string Local => Path.Combine(Place.Application, "local.db");

    public bool Runs => File.Exists(Place["running"]);

    /// <summary>One that runs, with a backup of its first version.</summary>
    public static async Task<ServedApplication> CreateAsync(PostgresCluster cluster)
    {
        var name = await cluster.NewDatabaseAsync("create table state as select 'first'::text as version; create table trees as select generate_series(1, 500) as id");
        var application = new ServedApplication(await Workplace.CreateAsync(), cluster, name);
        var place = application.Place;
        place.Database("local.db", "create table state(version); insert into state values ('first')");
        place.Write("config/app.conf", "first good");
        place.Write("holdfast.yaml", $$"""
            application: orchard
            databases:
              main: { postgres: "{{cluster.ConnectionString(name)}}", expect_tables: [trees] }
              local: local.db
            files: { config: [config] }
            service:
              start: [touch, {{place["running"]}}]
              stop: [rm, -f, {{place["running"]}}]
              status: [test, -f, {{place["running"]}}]
              timeout: 10s
              health: { command: [grep, -q, good, {{Path.Combine(place.Application, "config", "app.conf")}}], timeout: 2s }
            repositories: { local: { path: {{place.Repository}} } }

            """);
        await File.WriteAllTextAsync(place["running"], string.Empty);
        await application.RunAsync(0, "backup");
        return application;
    }

    /// <summary>Brings all of it to another version.</summary>
    public async Task BecomeAsync(string version, string health = "good")
    {
        await Cluster.QueryAsync(Database, $"update state set version = '{version}'; delete from trees where id > 100");
        using (var connection = Workplace.Connect(Local)) connection.Execute($"update state set version = '{version}'");
        Place.Write("config/app.conf", $"{version} {health}");
    }

    /// <summary>The versions of its parts, each once.</summary>
    public async Task<string> VersionAsync()
    {
        string[] versions =
        [
            await Cluster.QueryAsync(Database, "select version from state"),
            Workplace.Ask(Local, "select version from state"),
            (await File.ReadAllTextAsync(Path.Combine(Place.Application, "config", "app.conf"))).Split(' ')[0],
        ];
        return string.Join(" and ", versions.Distinct());
    }

    /// <summary>The databases on the server that have to do with it, but for its own.</summary>
    public Task<string> OthersAsync() => Cluster.QueryAsync("postgres", $"select coalesce(string_agg(datname, ' '), '') from pg_database where datname like '{Database}_%'");

    public async Task<ProgramResult> RunAsync(int exitCode, params string[] arguments) =>
        (await Place.Holdfast.TryRunInAsync(Place.Application, arguments)).Expect(exitCode);

    public void Dispose() => Place.Dispose();
}
