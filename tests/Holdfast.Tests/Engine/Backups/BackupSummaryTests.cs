using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

public sealed class BackupSummaryTests : IAsyncLifetime
{
    private BackupScene _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await BackupScene.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_snapshot_says_what_is_new_changed_and_as_it_was()
    {
        _scene.Write("app/same/file", "same");
        _scene.Write("app/work/changes", "before");
        _scene.Execute("app/work/main.db", "create table t(a); insert into t values (1)");

        var first = await SummaryAsync();
        _scene.Write("app/work/changes", "afterwards");
        _scene.Write("app/fresh/new", "new");
        var second = await SummaryAsync();
        var third = await SummaryAsync();

        Assert.Equal((3ul, 0ul, 0ul), (first.FilesNew, first.FilesChanged, first.FilesUnmodified));
        Assert.Equal((3ul, 0ul, 0ul), (first.DirsNew, first.DirsChanged, first.DirsUnmodified));
        Assert.Equal((1ul, 1ul, 2ul), (second.FilesNew, second.FilesChanged, second.FilesUnmodified));
        Assert.Equal((1ul, 2ul, 1ul), (second.DirsNew, second.DirsChanged, second.DirsUnmodified));
        Assert.Equal((0ul, 0ul, 4ul), (third.FilesNew, third.FilesChanged, third.FilesUnmodified));
        Assert.Equal(4ul, second.TotalFilesProcessed);
        Assert.Equal((ulong)("same".Length + "afterwards".Length + "new".Length + new FileInfo(_scene.Temp["app/work/main.db"]).Length), second.TotalBytesProcessed);
    }

    [Fact]
    public async Task The_snapshot_says_what_the_repository_grew_by()
    {
        _scene.Write("app/zeros", new byte[300_000]);

        var result = await _scene.BackupAsync(_scene.At("app"));
        var summary = (await _scene.OpenAsync(result)).Snapshot.Summary!;

        // The file is one blob; the record is the other one.
        Assert.Equal(2ul, summary.DataBlobs);
        Assert.InRange(summary.TreeBlobs, 2ul, 20ul);
        Assert.InRange(summary.DataAdded, 300_000ul, 310_000ul);
        Assert.InRange(summary.DataAddedPacked, 100ul, 20_000ul);
        Assert.Equal((ulong)result.BytesAdded, summary.DataAddedPacked);
        Assert.True(summary.BackupStart <= summary.BackupEnd);
    }

    [Fact]
    public async Task A_lock_that_cannot_be_removed_leaves_the_backup_whole_with_a_notice()
    {
        _scene.Write("app/file", "content");
        _scene.Backend.Before = (act, handle) =>
        {
            if (act == BackendAct.Delete) throw new HoldfastException(FailureKind.Unavailable, $"cannot delete {handle}");
        };

        var result = await _scene.BackupAsync(_scene.At("app"));

        Assert.False(result.IsPartial);
        Assert.Contains(result.Notices, notice => notice.Contains("holdfast unlock", StringComparison.Ordinal));
        Assert.Equal((1, 1), (await _scene.CountAsync(FileType.Snapshot), await _scene.CountAsync(FileType.Lock)));
    }

    private async Task<SnapshotSummary> SummaryAsync() =>
        (await _scene.OpenAsync(await _scene.BackupAsync(_scene.At("app")))).Snapshot.Summary!;
}
