using System.Text;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>A folder to save, a repository in memory to save it to, and a look at what was saved.</summary>
internal sealed class BackupScene : RepositoryScene
{
    private BackupScene(HookedBackend backend, Repository repository)
        : base(repository) => Backend = backend;

    public static ClientIdentity Tester => Owner;

    public HookedBackend Backend { get; }

    public TimeProvider Clock { get; set; } = new ImpatientClock();

    public static async Task<BackupScene> CreateAsync()
    {
        var backend = new HookedBackend();
        return new BackupScene(backend, await InitializeAsync(backend));
    }

    public FilePath At(string name) => FilePath.From(Temp[name]);

    public FilePath Write(string name, string content) => FilePath.From(Temp.WriteFile(name, content));

    public FilePath Write(string name, byte[] content)
    {
        var path = Temp.WriteFile(name, string.Empty);
        File.WriteAllBytes(path, content);
        return FilePath.From(path);
    }

    /// <summary>Makes or changes a database.</summary>
    public FilePath Execute(string name, string sql)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Temp[name])!);
        using var connection = SqliteConnections.OpenOrCreate(Temp[name]);
        connection.Execute(sql);
        return At(name);
    }

    public DatabaseSource Declare(string name, string file) => new(name, At(file), ["t"], ["select 1"]);

    public static BackupOptions Options(params FilePath[] targets) => new() { Targets = targets, Identity = Tester, Program = "test" };

    public Exclusions Exclude(params string[] patterns) => new(Temp.Path, [.. patterns.Select(PathPattern.Parse)]);

    public Task<BackupResult> BackupAsync(params FilePath[] targets) => BackupAsync(Options(targets));

    public Task<BackupResult> BackupAsync(BackupOptions options) => BackupAsync(options, Token);

    /// <summary>With a deadline, so that a hang is a failure.</summary>
    public Task<BackupResult> BackupAsync(BackupOptions options, CancellationToken cancellationToken) =>
        new BackupRun(Repository, options, new SqliteImageOptions { BusyDeadline = TimeSpan.FromMilliseconds(50) }, Clock, new OperationProgress())
            .ExecuteAsync(cancellationToken).WaitAsync(Conditions.Deadline, Token);

    public async Task<SavedTree> OpenAsync(BackupResult result)
    {
        var stored = (await SnapshotFiles.LoadAllAsync(Repository, Token)).Readable.Single(snapshot => snapshot.Id == result.SnapshotId);
        var reader = new BlobReader(Repository, await Repository.LoadIndexAsync(Token));
        var entries = new Dictionary<FilePath, SnapshotEntry>();
        var walk = new SnapshotWalk(reader, PathSelection.Everything);
        await foreach (var entry in walk.EntriesAsync(stored.Snapshot.Tree, Token)) entries.Add(entry.Path, entry);
        Assert.Empty(walk.Problems);
        return new SavedTree(stored, reader, entries);
    }

    public async Task<int> CountAsync(FileType type) => (await Repository.ListAsync(type, Token)).Count;

    /// <summary>A file as the file system has it, which may not be text.</summary>
    public FilePath WriteRaw(ReadOnlySpan<byte> name, string content)
    {
        var path = At("raw").Parent!.Combine(name);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(content), 0x1A4);
        return path;
    }
}
