using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Archives.Importing;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Secrets;
using Holdfast.Restic;
using Holdfast.Restic.Snapshots;
using Holdfast.Tests.Engine.Backups;
using Xunit;

namespace Holdfast.Tests.Engine.Archives;

/// <summary>A small application with a snapshot of it, and what tests do with archives of that.</summary>
internal sealed class ArchiveScene : IDisposable
{
    public static readonly Passphrase Secret = new("correct horse"u8);

    private readonly BackupScene _scene;

    private ArchiveScene(BackupScene scene, StoredSnapshot snapshot) => (_scene, Snapshot) = (scene, snapshot);

    public StoredSnapshot Snapshot { get; }

    public Repository Repository => _scene.Repository;

    public BackupScene Scene => _scene;

    public FilePath Root => _scene.At("app");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<ArchiveScene> CreateAsync(Action<BackupScene>? more = null)
    {
        var scene = await BackupScene.CreateAsync();
        scene.Write("app/holdfast.yaml", "application: shop\n");
        scene.Write("app/certs/key.pem", "secret\n");
        scene.Write("app/certs/empty", string.Empty);
        scene.Write("app/certs/large", Holdfast.Testing.SyntheticTree.RandomBytes(1, 3_000_000));
        File.CreateSymbolicLink(scene.At("app/certs/current").ToString(), "key.pem");
        var database = scene.Execute("app/data/shop.db", "pragma journal_mode=wal; create table t(id integer primary key, v); insert into t(v) values ('a'), (1.5), (x'00'); create table u(x)");
        more?.Invoke(scene);
        var options = BackupScene.Options(scene.At("app/holdfast.yaml"), scene.At("app/certs"), scene.At("app/data")) with
        {
            Application = "shop",
            Manifest = scene.At("app/holdfast.yaml"),
            Databases = [new DatabaseSource("main", database, ["t"], ["select count(*) = 3 from t"])],
        };
        var result = await scene.BackupAsync(options);
        var stored = (await SnapshotFiles.LoadAllAsync(scene.Repository, Token)).Readable.Single(snapshot => snapshot.Id == result.SnapshotId);
        return new ArchiveScene(scene, stored);
    }

    /// <summary>Exports into a file of this name.</summary>
    public async Task<ArchiveExportResult> ExportAsync(string name, Func<ArchiveExportOptions, ArchiveExportOptions>? change = null)
    {
        var options = new ArchiveExportOptions
        {
            Snapshot = Snapshot,
            File = _scene.At(name),
            Format = ArchiveFormat.OfName(name),
            Passphrase = Secret,
            WritesMeta = true,
            ScratchCandidates = Scratch,
            Identity = BackupScene.Tester,
            Program = "test",
        };
        return await new ArchiveExport(Repository, change?.Invoke(options) ?? options, TimeProvider.System, new OperationProgress()).ExecuteAsync(Token);
    }

    public IReadOnlyList<FilePath> Scratch => [FilePath.From(_scene.Temp.CreateDirectory("scratch"))];

    public Task<VerifiedArchive> VerifyAsync(string name, Passphrase? passphrase = null, bool trustLinks = false)
    {
        var options = new ArchiveVerificationOptions { File = _scene.At(name), Passphrase = passphrase ?? Secret, TrustLinks = trustLinks, ScratchCandidates = Scratch };
        return new ArchiveVerification(options, new OperationProgress()).ExecuteAsync(Token);
    }

    public Task<StoredSnapshot> ImportAsync(Repository into, string name, Func<ArchiveImportOptions, ArchiveImportOptions>? change = null)
    {
        var options = new ArchiveImportOptions
        {
            File = _scene.At(name),
            Passphrase = Secret,
            ScratchCandidates = Scratch,
            Identity = BackupScene.Tester,
            Program = "test",
        };
        return new ArchiveImport(TimeProvider.System, new OperationProgress()).ExecuteAsync(into, change?.Invoke(options) ?? options, Token);
    }

    /// <summary>Nothing is left in the scratch folder.</summary>
    public bool IsScratchEmpty => !Directory.EnumerateFileSystemEntries(Scratch[0].ToString()).Any();

    public void Dispose() => _scene.Dispose();
}
