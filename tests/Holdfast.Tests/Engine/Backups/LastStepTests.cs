using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Failures;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>Somebody removes locks, or folders, while a backup is under way.</summary>
public sealed class LastStepTests : IAsyncLifetime
{
    private BackupScene _scene = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _scene = await BackupScene.CreateAsync();
        await _scene.BackupAsync(_scene.Write("first", "first content"));
    }

    public ValueTask DisposeAsync()
    {
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_lock_that_is_gone_when_the_snapshot_is_stored_is_told_with_the_snapshot()
    {
        Once(BackendAct.Write, FileType.Snapshot, () => RemoveAll(FileType.Lock));

        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => _scene.BackupAsync(_scene.Write("second", "other content")));

        Assert.Contains("is stored, but parts of it may be missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("holdfast check", error.Hint, StringComparison.Ordinal);
        Assert.Equal(2, await _scene.CountAsync(FileType.Snapshot));
    }

    [Fact]
    public async Task An_index_file_that_somebody_removes_meanwhile_leaves_no_snapshot()
    {
        Once(BackendAct.Write, FileType.Pack, () => RemoveAll(FileType.Index));

        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => _scene.BackupAsync(_scene.Write("second", "other content")));

        Assert.Contains("no snapshot was written", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await _scene.CountAsync(FileType.Snapshot));
    }

    [Fact]
    public async Task A_folder_of_snapshots_that_is_gone_is_not_made_anew()
    {
        var folder = _scene.Temp["repository"];
        using var repository = await Repository.InitializeAsync(
            new LocalBackend(folder), SampleRepository.Passphrase, SampleRepository.CheapOptions(), BackupScene.Tester, TimeProvider.System, Token);
        var file = _scene.Write("file", "content");
        await BackupAsync();
        Directory.Move(Path.Combine(folder, "snapshots"), _scene.Temp["elsewhere"]);

        var error = await Failing.ThrowsAsync(FailureKind.Damaged, BackupAsync);

        Assert.Contains("no folder snapshots", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "snapshots")));
        Directory.CreateDirectory(Path.Combine(folder, "snapshots"));
        await BackupAsync();

        Task BackupAsync() => new BackupRun(repository, BackupScene.Options(file), new SqliteImageOptions(), TimeProvider.System, new OperationProgress()).ExecuteAsync(Token);
    }

    private void Once(BackendAct act, FileType type, Action action)
    {
        var isDone = false;
        _scene.Backend.Before = (now, handle) =>
        {
            if (isDone || now != act || handle.Type != type) return;
            isDone = true;
            action();
        };
    }

    private void RemoveAll(FileType type)
    {
        foreach (var file in _scene.Repository.ListAsync(type, Token).GetAwaiter().GetResult()) _scene.Backend.DeleteAsync(file.Handle, Token).GetAwaiter().GetResult();
    }
}
