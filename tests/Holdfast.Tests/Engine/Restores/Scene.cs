using System.Text;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Tests.Engine.Restores;

/// <summary>A folder with an application in it, and a repository in memory that it is saved to.</summary>
internal sealed class Scene : RepositoryScene
{
    private Scene(WatchedBackend backend, Repository repository)
        : base(repository) => Backend = backend;

    public static ClientIdentity Tester => Owner;

    public WatchedBackend Backend { get; }

    /// <summary>The application's folder.</summary>
    public string App => Directory.CreateDirectory(Temp["app"]).FullName;

    public string Database => Path.Combine(App, "main.db");

    public FilePath Target => FilePath.From(Temp["target"]);

    public static async Task<Scene> CreateAsync()
    {
        var backend = new WatchedBackend();
        return new Scene(backend, await InitializeAsync(backend));
    }

    public string At(string name) => Path.Combine(App, name);

    /// <summary>Where a file of the application is below the target.</summary>
    public string Restored(string name) => Target + At(name);

    public void Execute(string sql, string? database = null)
    {
        using var connection = SqliteConnections.OpenOrCreate(database ?? Database);
        connection.Execute(sql);
    }

    public static string? Ask(string sql, string database)
    {
        using var connection = SqliteConnections.Open(database);
        return Convert.ToString(connection.Scalar(sql), System.Globalization.CultureInfo.InvariantCulture);
    }

    public Task<BackupResult> BackupAsync(params string[] names) => BackupAsync(new DatabaseSource("main", FilePath.From(Database), [], []), names);

    public Task<BackupResult> BackupAsync(DatabaseSource database, params string[] names)
    {
        var options = new BackupOptions
        {
            Targets = names.Length == 0 ? [FilePath.From(App)] : [.. names.Select(name => FilePath.From(At(name)))],
            Databases = File.Exists(Database) || database.Name != "main" ? [database] : [],
            Identity = Tester,
            Program = "test",
        };
        return new BackupRun(Repository, options, new SqliteImageOptions(), TimeProvider.System, new OperationProgress()).ExecuteAsync(Token);
    }

    public async Task<StoredSnapshot> LatestAsync() => (await SnapshotFiles.LoadAllAsync(Repository, Token)).Readable[^1];

    public async Task<RestoreOptions> OptionsAsync(bool inPlace = false, params string[] include) => new()
    {
        Snapshot = await LatestAsync(),
        Target = inPlace ? null : Target,
        Include = [.. include.Select(FilePath.From)],
        Identity = Tester,
        Lock = false,
    };

    public async Task<RestoreResult> RestoreAsync(params string[] include) => await RestoreAsync(await OptionsAsync(inPlace: false, include));

    /// <summary>The last snapshot over what is there, without saving that first.</summary>
    public Task<ApplicationRestoreResult> RestoreInPlaceAsync(DatabaseVerification? verification = null, params string[] include) =>
        RestoreInPlaceAsync(request => request with { Include = [.. include.Select(FilePath.From)] }, verification);

    /// <summary>The same, as somebody asks for it.</summary>
    public async Task<ApplicationRestoreResult> RestoreInPlaceAsync(Func<RestoreRequest, RestoreRequest> ask, DatabaseVerification? verification = null)
    {
        var surroundings = new RestoreSurroundings
        {
            Manifest = null,
            Repository = RepositoryAddress.Of(FilePath.From(Temp["repository"])),
            StateFolder = FilePath.From(Temp["state"]),
            Identity = Tester,
            Program = "test",
            Own = [],
        };
        var snapshot = await LatestAsync();
        var job = new RestoreJob(Repository, surroundings, snapshot, TimeProvider.System, new OperationProgress())
        {
            Verification = verification ?? new DatabaseVerification(),
        };
        var request = new RestoreRequest
        {
            Snapshot = snapshot.Id.ToString(),
            Repository = surroundings.Repository,
            Safety = false,
        };
        return (await job.ExecuteAsync(await job.PlanAsync(ask(request), [], Token), Token)).Result;
    }

    public Task<RestoreResult> RestoreAsync(RestoreOptions options) => Run(options).ExecuteAsync(Token);

    public RestoreRun Run(RestoreOptions options) => new(Repository, options, TimeProvider.System, new OperationProgress());

    /// <summary>Writes a snapshot from trees of the test's own making.</summary>
    public async Task SaveSnapshotAsync(Func<BlobWriter, Task<Id>> makeRoot, params string[] paths)
    {
        var index = await Repository.LoadIndexAsync(Token);
        Id root;
        await using (var writer = new BlobWriter(Repository, index, TimeProvider.System, Task.CompletedTask))
        {
            root = await makeRoot(writer);
            await writer.FlushAsync(Token);
        }

        var snapshot = new Snapshot { Time = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddYears(90)), Tree = root, Paths = paths, Hostname = "host" };
        await Repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), Token);
    }

    public static async Task<Id> SaveTreeAsync(BlobWriter writer, params Node[] nodes) =>
        (await writer.SaveAsync(BlobType.Tree, TreeSerializer.Serialize(nodes), Token)).Id;

    public static async Task<Id> SaveTextAsync(BlobWriter writer, string text) =>
        (await writer.SaveAsync(BlobType.Data, Encoding.UTF8.GetBytes(text), Token)).Id;

    public static Node FileNode(string name, int size, params Id[] content) =>
        new() { Name = Encoding.UTF8.GetBytes(name), Type = NodeType.File, Mode = 0x1A4, Size = (ulong)size, Content = content, Links = 1 };

    public static Node FolderNode(string name, Id tree) =>
        new() { Name = Encoding.UTF8.GetBytes(name), Type = NodeType.Directory, Mode = 0x8000_01ED, Subtree = tree };

    /// <summary>Breaks the stored copies of a blob.</summary>
    public async Task DamageAsync(BlobHandle blob)
    {
        var index = await Repository.LoadIndexAsync(Token);
        foreach (var copy in index.LocateAll(blob))
        {
            var pack = new FileHandle(FileType.Pack, copy.Pack);
            var content = await Backend.ReadAllAsync(pack, Token);
            content[copy.Blob.Offset + (copy.Blob.Length / 2)] ^= 1;
            await Backend.WriteAsync(pack, content, Token);
        }
    }

    /// <summary>Every file of the application's folder with its content.</summary>
    public SortedDictionary<string, string> Contents()
    {
        var files = Directory.GetFiles(App, "*", SearchOption.AllDirectories);
        return new SortedDictionary<string, string>(files.ToDictionary(file => file, file => Convert.ToHexString(File.ReadAllBytes(file))), StringComparer.Ordinal);
    }
}
