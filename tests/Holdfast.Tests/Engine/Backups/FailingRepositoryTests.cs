using Holdfast.Engine.Backups;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>A backup that cannot be finished writes no snapshot, says whose fault it is, and stands in nobody's way afterwards.</summary>
public sealed class FailingRepositoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FileType.Pack, 1)]
    [InlineData(FileType.Pack, 2)]
    [InlineData(FileType.Pack, 3)]
    [InlineData(FileType.Index, 1)]
    [InlineData(FileType.Snapshot, 1)]
    [InlineData(FileType.Lock, 1)]
    public async Task A_write_that_fails_ends_the_backup_with_the_repositorys_own_words(FileType type, int nth)
    {
        using var scene = await CreateAsync();
        var failure = new HoldfastException(FailureKind.NoSpace, "the repository's disk is full");
        var count = 0;
        scene.Backend.Before = (act, file) =>
        {
            if (act == BackendAct.Write && file.Type == type && Interlocked.Increment(ref count) >= nth) throw failure;
        };
        Assert.Same(failure, await Assert.ThrowsAsync<HoldfastException>(() => scene.BackupAsync(scene.At("app"))));
        await ExpectNothingLeftAsync(scene);
    }

    [Fact]
    public async Task A_full_repository_is_not_blamed_on_the_files_and_databases()
    {
        using var scene = await CreateAsync();
        // The kind that a file which vanished has.
        var failure = new HoldfastException(FailureKind.NotFound, "the repository is gone", null, new System.ComponentModel.Win32Exception(2));
        scene.Backend.Before = (act, file) =>
        {
            if (act == BackendAct.Write && file.Type == FileType.Pack) throw failure;
        };
        Assert.Same(failure, await Assert.ThrowsAsync<HoldfastException>(() => scene.BackupAsync(scene.At("app"))));
        Assert.Same(failure, await Assert.ThrowsAsync<HoldfastException>(() => scene.BackupAsync(scene.At("app/large.db"))));
        Assert.Same(failure, await Assert.ThrowsAsync<HoldfastException>(() => scene.BackupAsync(scene.At("app/large"))));
        await ExpectNothingLeftAsync(scene);
    }

    [Fact]
    public async Task A_locked_repository_is_not_written_to()
    {
        using var scene = await CreateAsync();
        await using (await Holdfast.Restic.Locks.RepositoryLock.AcquireAsync(
            scene.Repository, exclusive: true, BackupScene.Tester, scene.Clock, Token))
        {
            await Failing.ThrowsAsync(FailureKind.Locked, () => scene.BackupAsync(scene.At("app")));
        }

        Assert.Equal(0, await scene.CountAsync(FileType.Pack));
        await ExpectNothingLeftAsync(scene);
    }

    [Fact]
    public async Task Cancelled_anywhere_it_leaves_no_snapshot_and_no_lock_and_the_next_one_succeeds()
    {
        using var scene = await CreateAsync();
        var calls = 0;
        scene.Backend.Before = (_, _) => calls++;
        await scene.BackupAsync(scene.At("app"));
        Assert.InRange(calls, 10, 1000);
        for (var n = 1; n <= calls; n++)
        {
            var before = await scene.CountAsync(FileType.Snapshot);
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var at = 0;
            scene.Write("app/fresh", SyntheticTree.RandomBytes(n, 100_000));
            scene.Backend.Before = (_, _) =>
            {
                if (Interlocked.Increment(ref at) == n) cancel.Cancel();
            };
            var isDone = true;
            try
            {
                await scene.BackupAsync(BackupScene.Options(scene.At("app")), cancel.Token);
            }
            catch (OperationCanceledException)
            {
                isDone = false;
            }

            scene.Backend.Before = (_, _) => { };
            Assert.Equal(before + (isDone ? 1 : 0), await scene.CountAsync(FileType.Snapshot));
            Assert.Equal(0, await scene.CountAsync(FileType.Lock));
        }

        var saved = await scene.OpenAsync(await scene.BackupAsync(scene.At("app")));
        Assert.Equal(await File.ReadAllBytesAsync(scene.Temp["app", "fresh"], Token), await saved.BytesAsync(scene.At("app/fresh")));
        Assert.Equal(await File.ReadAllBytesAsync(scene.Temp["app", "large"], Token), await saved.BytesAsync(scene.At("app/large")));
    }

    [Fact]
    public async Task A_lost_lock_stops_the_backup_before_its_snapshot()
    {
        using var scene = await CreateAsync();
        var clock = new ManualTimeProvider(DateTimeOffset.UtcNow);
        scene.Clock = clock;
        scene.Backend.Before = (act, file) =>
        {
            // While the last pack is on its way the machine sleeps for an hour, and others may remove the lock.
            if (act == BackendAct.Write && file.Type == FileType.Index) clock.JumpBy(TimeSpan.FromHours(1));
        };
        var running = scene.BackupAsync(scene.At("app"));
        var error = await Assert.ThrowsAsync<HoldfastException>(() => clock.FollowAsync(running, TimeSpan.FromSeconds(3)));
        Assert.Contains("lock could not be refreshed", error.Message, StringComparison.Ordinal);
        await ExpectNothingLeftAsync(scene);
    }

    [Fact]
    public async Task A_lock_that_cannot_be_refreshed_stops_the_backup()
    {
        using var scene = await CreateAsync();
        var clock = new ManualTimeProvider(DateTimeOffset.UtcNow);
        scene.Clock = clock;
        var locks = 0;
        scene.Backend.Before = (act, file) =>
        {
            if (act == BackendAct.Write && file.Type == FileType.Lock && Interlocked.Increment(ref locks) > 1)
                throw new HoldfastException(FailureKind.NoSpace, "no room for a lock");
            // The first pack takes half an hour.
            if (act == BackendAct.Write && file.Type == FileType.Pack) clock.Advance(TimeSpan.FromMinutes(30));
        };
        var running = scene.BackupAsync(scene.At("app"));
        var error = await Assert.ThrowsAsync<HoldfastException>(() => clock.FollowAsync(running, TimeSpan.FromSeconds(3)));
        Assert.Contains("lock could not be refreshed", error.Message, StringComparison.Ordinal);
        await ExpectNothingLeftAsync(scene);
    }

    /// <summary>More than two packs, in small files, a large one and a database.</summary>
    private static async Task<BackupScene> CreateAsync()
    {
        var scene = await BackupScene.CreateAsync();
        for (var i = 0; i < 20; i++) scene.Write($"app/small/{i}", SyntheticTree.RandomBytes(i, 10_000));
        scene.Write("app/large", SyntheticTree.RandomBytes(99, 20_000_000));
        scene.Execute("app/large.db", "create table t(x); with recursive n(i) as (select 1 union all select i+1 from n where i<20) insert into t select randomblob(1000000) from n");
        return scene;
    }

    private static async Task ExpectNothingLeftAsync(BackupScene scene)
    {
        scene.Backend.Before = (_, _) => { };
        scene.Clock = new ImpatientClock();
        Assert.Equal(0, await scene.CountAsync(FileType.Snapshot));
        Assert.Equal(0, await scene.CountAsync(FileType.Lock));
        var result = await scene.BackupAsync(scene.At("app"));
        Assert.Empty(result.Problems);
        var saved = await scene.OpenAsync(result);
        Assert.Equal(await File.ReadAllBytesAsync(scene.Temp["app", "large"], Token), await saved.BytesAsync(scene.At("app/large")));
    }
}
