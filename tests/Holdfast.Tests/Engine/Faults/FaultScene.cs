using System.Globalization;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Backups;
using Xunit;

namespace Holdfast.Tests.Engine.Faults;

/// <summary>
/// A small application that changes, and a repository it is saved to: what it held at each snapshot is remembered here, so that every restore
/// can be compared. Whether the storage works at the time is for whoever opens the repository to say.
/// </summary>
internal sealed class FaultScene : RepositoryScene
{
    private static readonly byte[] Passphrase = "secret"u8.ToArray();
    private int _restores;

    private FaultScene(MemoryBackend store, Repository repository)
        : base(repository) => Store = store;

    public static TimeProvider Clock { get; } = new ImpatientClock();

    /// <summary>The storage itself, where everything works.</summary>
    public MemoryBackend Store { get; }

    /// <summary>What the application held at each snapshot that was made.</summary>
    public Dictionary<Id, SortedDictionary<string, string>> Saved { get; } = [];

    private string App => Temp["app"];

    public static async Task<FaultScene> CreateAsync()
    {
        var store = new MemoryBackend();
        return new FaultScene(store, await InitializeAsync(store));
    }

    /// <summary>The same repository at the end of another line.</summary>
    public static Task<Repository> OpenAsync(IBackend line) => Repository.OpenAsync(line, Passphrase, Token);

    /// <summary>Some files come, change and go, and rows of the database too.</summary>
    public void Change(Random chance)
    {
        Directory.CreateDirectory(Temp["app/files"]);
        for (var i = 0; i < 3; i++) File.WriteAllBytes(Temp[$"app/files/{chance.Next(8)}"], SyntheticTree.RandomBytes(chance.Next(), chance.Next(200_000)));
        File.Delete(Temp[$"app/files/{chance.Next(8)}"]);
        using var connection = SqliteConnections.OpenOrCreate(Temp["app/main.db"]);
        connection.Execute("create table if not exists t(id integer primary key, x)");
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"delete from t where id % 7 = {chance.Next(7)}"));
        for (var i = 0; i < 10; i++)
            connection.Execute($"insert into t(x) values (x'{Convert.ToHexString(SyntheticTree.RandomBytes(chance.Next(), chance.Next(3000)))}')");
    }

    public async Task<BackupResult> BackupAsync(Repository repository)
    {
        var options = new BackupOptions { Targets = [FilePath.From(App)], Identity = Owner, Program = "test" };
        var result = await new BackupRun(repository, options, new SqliteImageOptions(), Clock, new OperationProgress()).ExecuteAsync(Token);
        Saved.Add(result.SnapshotId, Contents(App));
        return result;
    }

    /// <returns>What was restored, and whether it was all.</returns>
    public async Task<(RestoreResult Result, SortedDictionary<string, string> Contents)> RestoreAsync(Repository repository, Id snapshot)
    {
        var target = Temp[$"restored-{++_restores}"];
        var options = new RestoreOptions { Snapshot = await FindAsync(repository, snapshot), Target = FilePath.From(target), Identity = Owner };
        var result = await new RestoreRun(repository, options, Clock, new OperationProgress()).ExecuteAsync(Token);
        // A copy was of another scene's application.
        var folder = Directory.GetDirectories(target, "app", SearchOption.AllDirectories).SingleOrDefault();
        var contents = folder is null ? [] : Contents(folder);
        Directory.Delete(target, recursive: true);
        return (result, contents);
    }

    public static async Task<StoredSnapshot> FindAsync(Repository repository, Id snapshot) =>
        (await SnapshotFiles.LoadAllAsync(repository, Token)).Readable.Single(stored => stored.Id == snapshot);

    public async Task<IReadOnlyList<Id>> SnapshotsAsync() => [.. (await SnapshotFiles.LoadAllAsync(Repository, Token)).Readable.Select(stored => stored.Id)];

    /// <summary>As a person who reads that a lock was left behind.</summary>
    public Task UnlockAsync() => LockFiles.RemoveAsync(Repository, all: true, Owner.HostName, Clock, Token);

    /// <summary>The repository is sound, and every snapshot restores to what was saved. Leftovers of what was cut off may be there.</summary>
    public async Task ExpectSoundAsync(bool allowHints = false)
    {
        var check = await new RepositoryCheck(Repository, new CheckOptions { ReadData = true }).ExecuteAsync(Token);
        Assert.Equal([], check.Findings.Where(finding => !allowHints || finding.Severity != CheckSeverity.Hint).Select(finding => $"{finding.Subject} {finding.Message}"));
        foreach (var snapshot in await SnapshotsAsync())
        {
            if (!Saved.TryGetValue(snapshot, out var expected)) continue;
            var (result, contents) = await RestoreAsync(Repository, snapshot);
            Assert.Empty(result.Problems);
            Assert.Equal(expected, contents);
        }
    }

    public async Task<int> LocksAsync() => (await Repository.ListAsync(FileType.Lock, Token)).Count;

    /// <summary>Every file with what is in it, the database with its rows.</summary>
    private static SortedDictionary<string, string> Contents(string folder)
    {
        var contents = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
            contents.Add(Path.GetRelativePath(folder, file), file.EndsWith(".db", StringComparison.Ordinal) ? Rows(file) : Id.Of(File.ReadAllBytes(file)).ToString());
        return contents;
    }

    private static string Rows(string database)
    {
        using var connection = SqliteConnections.Open(database);
        return Convert.ToString(connection.Scalar("select group_concat(id || ' ' || hex(x)) from (select * from t order by id)"), CultureInfo.InvariantCulture)!;
    }
}
