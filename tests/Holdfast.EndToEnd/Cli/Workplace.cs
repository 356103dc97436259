using System.Text;
using System.Text.Json;
using Holdfast.EndToEnd.Restic;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Restic;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Crypto;
using Holdfast.Testing;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>
/// A folder for one test: an application, a repository whose key is quick to open, and the real program set up for that repository.
/// </summary>
internal sealed class Workplace : IDisposable
{
    public const string Passphrase = OwnRepository.Passphrase;

    private readonly TempDirectory _temp = new();

    private Workplace()
    {
        _temp.CreateDirectory("application");
        Holdfast = new HoldfastProgram(Repository, Passphrase);
    }

    public HoldfastProgram Holdfast { get; }

    public string Root => _temp.Path;

    public string Repository => _temp["repository"];

    public string Application => _temp["application"];

    public ResticProgram Restic => ResticProgram.On(Repository, Passphrase);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A path inside it.</summary>
    public string this[params string[] parts] => _temp[parts];

    /// <summary>One with an empty repository.</summary>
    public static async Task<Workplace> CreateAsync(int version = 2)
    {
        var workplace = new Workplace();
        var options = new RepositoryOptions { Version = version, KeyCost = new ScryptParameters(1024, 8, 1) };
        (await Initialise(workplace.Repository, options)).Dispose();
        return workplace;
    }

    /// <summary>One without a repository.</summary>
    public static Workplace Empty() => new();

    public static Task<Repository> Initialise(string path, RepositoryOptions options) => global::Holdfast.Restic.Repository.InitializeAsync(
        new LocalBackend(path), Encoding.UTF8.GetBytes(Passphrase), options, OwnRepository.Identity, TimeProvider.System, Token);

    /// <summary>The repository through the library.</summary>
    public Task<Repository> OpenAsync() =>
        global::Holdfast.Restic.Repository.OpenAsync(new LocalBackend(Repository), Encoding.UTF8.GetBytes(Passphrase), Token);

    /// <summary>Writes a file of the application and returns its path.</summary>
    public string Write(string name, string content) => _temp.WriteFile(Path.Combine("application", name), content);

    /// <summary>Writes a file of bytes that do not compress.</summary>
    public string WriteRandom(string name, int seed, int length)
    {
        var path = Write(name, string.Empty);
        File.WriteAllBytes(path, SyntheticTree.RandomBytes(seed, length));
        return path;
    }

    /// <summary>Makes a database of the application and returns its path.</summary>
    public string Database(string name, string sql = "create table people(id integer primary key, name text); insert into people(name) values ('Ada'), ('Grace')")
    {
        var path = Path.Combine(Application, name);
        using var connection = Connect(path);
        connection.Execute(sql);
        return path;
    }

    /// <summary>A database as a running application has it: in WAL mode, its -wal and -shm files beside it.</summary>
    public SqliteConnection Live(string name)
    {
        var connection = Connect(Path.Combine(Application, name));
        connection.Execute("pragma journal_mode=wal; create table events(id integer primary key, what text); insert into events(what) values ('one'), ('two'), ('three')");
        return connection;
    }

    /// <summary>Runs the program and takes its standard output as one JSON document.</summary>
    public async Task<JsonElement> JsonAsync(int exitCode, params string[] arguments) =>
        (await Holdfast.TryRunAsync([.. arguments, "--json"])).Expect(exitCode).Json();

    /// <summary>Backs up with the program and returns the snapshot's ID.</summary>
    public async Task<string> BackUpAsync(params string[] paths) =>
        (await JsonAsync(0, ["backup", .. paths.Length == 0 ? [Application] : paths])).GetProperty("snapshot_id").GetString()!;

    /// <summary>What the real restic finds in the newest snapshot.</summary>
    public async Task<IReadOnlyList<string>> PathsAsync() => [.. (await Restic.RunAsync("ls", "latest")).OutputLines.Where(line => line.StartsWith('/'))];

    public static SqliteConnection Connect(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return SqliteConnections.OpenOrCreate(path);
    }

    /// <summary>The first column of the first row, as text.</summary>
    public static string Ask(string database, string sql)
    {
        using var connection = SqliteConnections.Open(database);
        return Convert.ToString(connection.Scalar(sql), null)!;
    }

    public void Dispose()
    {
        Holdfast.Dispose();
        _temp.Dispose();
    }
}
