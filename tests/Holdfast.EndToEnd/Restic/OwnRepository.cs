using System.Text;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restic;

/// <summary>A repository in a directory, used by this project's library and by the real restic in turn.</summary>
internal sealed class OwnRepository : IDisposable
{
    public const string Passphrase = "correct horse battery staple";

    public static readonly ClientIdentity Identity = new(Environment.MachineName, Environment.UserName, Environment.ProcessId, 0, 0);

    private OwnRepository(Repository repository, ResticProgram restic)
    {
        Repository = repository;
        Restic = restic;
    }

    public Repository Repository { get; }

    public ResticProgram Restic { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static byte[] Key => Encoding.UTF8.GetBytes(Passphrase);

    public static Task<OwnRepository> CreateAsync(string path, int version = 2) =>
        CreateAsync(new LocalBackend(path), ResticProgram.On(path, Passphrase), version);

    /// <param name="restic">For the same place.</param>
    public static async Task<OwnRepository> CreateAsync(IBackend backend, ResticProgram restic, int version = 2)
    {
        var options = new RepositoryOptions { Version = version, KeyCost = new ScryptParameters(1024, 8, 1) };
        return new OwnRepository(await Repository.InitializeAsync(backend, Key, options, Identity, TimeProvider.System, Token), restic);
    }

    /// <summary>One that restic has made.</summary>
    public static Task<OwnRepository> OpenAsync(string path) => OpenAsync(new LocalBackend(path), ResticProgram.On(path, Passphrase));

    /// <inheritdoc cref="OpenAsync(string)"/>
    public static async Task<OwnRepository> OpenAsync(IBackend backend, ResticProgram restic) =>
        new(await Repository.OpenAsync(backend, Key, Token), restic);

    public void Dispose() => Repository.Dispose();

    /// <summary>Backs a folder up and expects that nothing was left out.</summary>
    public async Task<BackupResult> BackUpAsync(string folder)
    {
        var options = new BackupOptions { Targets = [FilePath.From(folder)], Identity = Identity, Program = "holdfast test" };
        var result = await new BackupRun(Repository, options, new SqliteImageOptions(), TimeProvider.System, new OperationProgress()).ExecuteAsync(Token);
        Assert.Empty(result.Problems);
        return result;
    }

    public async Task<IReadOnlyList<StoredSnapshot>> SnapshotsAsync()
    {
        var listing = await SnapshotFiles.LoadAllAsync(Repository, Token);
        Assert.Empty(listing.Damaged);
        return listing.Readable;
    }

    /// <summary>Restores a snapshot below a directory and expects that all of it came back.</summary>
    public async Task RestoreAsync(StoredSnapshot snapshot, string target)
    {
        var options = new RestoreOptions { Snapshot = snapshot, Target = FilePath.From(target), Identity = Identity };
        var result = await new RestoreRun(Repository, options, TimeProvider.System, new OperationProgress()).ExecuteAsync(Token);
        Assert.Empty(result.Problems);
    }

    /// <summary>Both programs look at everything and find nothing, or at most hints.</summary>
    public async Task ExpectSoundAsync(bool allowHints = false)
    {
        await Restic.RunAsync("check", "--read-data");
        var result = await new RepositoryCheck(Repository, new CheckOptions { ReadData = true }).ExecuteAsync(Token);
        Assert.Equal([], result.Findings.Where(finding => !allowHints || finding.Severity != CheckSeverity.Hint).Select(finding => $"{finding.Subject} {finding.Message}"));
    }
}
