using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Scratch;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Restores;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

/// <summary>Where a drill restores to, and what it leaves there.</summary>
public sealed class DrillScratchTests : DrillTests
{
    [Fact]
    public async Task A_scratch_directory_that_cannot_be_removed_costs_a_notice_and_not_the_record()
    {
        await Scene.BackupAsync();
        var run = await RunAsync(
            TimeProvider.System, scratch => throw new HoldfastException(FailureKind.Busy, "it is in use"), isLocked: false, Scratch);

        var result = await run.ExecuteAsync(Token);

        Assert.True(result.Proven);
        Assert.True(Proofs.Load(Scene.Repository.Config.Id, Location).LastOf(await Scene.LatestAsync())!.Proven);
        var left = Assert.Single(Directory.GetFileSystemEntries(Scratch.ToString()));
        Assert.Contains(result.Notices, notice => notice.Contains(left, StringComparison.Ordinal) && notice.Contains("in use", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_every_place_when_none_has_room_and_records_nothing()
    {
        using var small = await SmallFileSystem.MountAsync(1 << 20);
        await Scene.BackupAsync();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => DrillAsync(FilePath.From(small.Path)));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.Contains(small.Path, error.Message, StringComparison.Ordinal);
        Assert.Empty(Proofs.Load(Scene.Repository.Config.Id, Location).Drills);
    }

    [Fact]
    public async Task Takes_the_first_place_with_room_and_tidies_up_after_a_killed_drill()
    {
        using var small = await SmallFileSystem.MountAsync(1 << 20);
        await Scene.BackupAsync();
        var leftover = Directory.CreateDirectory(Scene.Temp["scratch", "holdfast-scratch-99999999-1-00000000"]).FullName;

        Assert.True((await DrillAsync(FilePath.From(small.Path), Scratch)).Proven);

        Assert.False(Path.Exists(leftover));
    }

    [Fact]
    public async Task A_cancelled_drill_leaves_no_scratch_and_no_record()
    {
        await Scene.BackupAsync();
        using var stop = new CancellationTokenSource();
        var clock = new StoppingClock(stop, after: 3);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await RunAsync(clock, Scratch)).ExecuteAsync(stop.Token));

        Assert.Empty(Directory.GetFileSystemEntries(Scratch.ToString()));
        Assert.Empty(Proofs.Load(Scene.Repository.Config.Id, Location).Drills);
    }

    [Fact]
    public void A_place_that_was_asked_for_is_the_only_candidate()
    {
        var (asked, state, repository) = (Scratch, FilePath.From("/state"), FilePath.From("/backups/repository"));
        Assert.Equal([asked], ScratchPlaces.Only(asked));
        Assert.Equal(["/tmp", "/var/tmp", "/state", "/backups"], ScratchPlaces.Candidates(FilePath.From("/tmp"), state, repository).Select(path => path.ToString()));
    }

    [Fact]
    public async Task A_scratch_folder_that_does_not_exist_is_an_error_and_is_not_made()
    {
        await Scene.BackupAsync();
        var absent = FilePath.From(Scene.Temp["absent"]);

        var asked = Assert.Throws<HoldfastException>(() => ScratchPlaces.Only(absent));
        Assert.Equal(FailureKind.NotFound, asked.Kind);
        await Assert.ThrowsAsync<HoldfastException>(() => DrillAsync(absent));
        Assert.True((await DrillAsync(absent, Scratch)).Proven);

        Assert.False(Path.Exists(absent.ToString()));
    }

    private sealed class StoppingClock(CancellationTokenSource stop, int after) : TimeProvider
    {
        private int _left = after;

        public override long GetTimestamp()
        {
            if (--_left == 0) stop.Cancel();
            return base.GetTimestamp();
        }
    }
}
