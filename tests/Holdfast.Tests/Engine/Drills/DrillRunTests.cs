using Holdfast.Engine.Drills;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Tests.Engine.Restores;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

/// <summary>A drill from its beginning to its end.</summary>
public sealed class DrillRunTests : DrillTests
{
    [Fact]
    public async Task Proves_a_good_snapshot_and_remembers_it()
    {
        await Scene.BackupAsync(Declared(["parent", "CHILD"], ["select count(*) = 1 from parent"]));

        var result = await DrillAsync();

        Assert.All(result.Checks, check => Assert.True(check.Passed, check.Detail));
        Assert.True(result.Proven);
        Assert.Equal((1, 2), (result.Databases, result.Files));
        Assert.Equal(
            ["restore", "snapshot", "content", "integrity_check", "foreign_key_check", "expected_tables", "assertion", "row_counts"],
            result.Checks.Select(check => check.Name));
        Assert.Empty(Directory.GetFileSystemEntries(Scratch.ToString()));
        var remembered = Proofs.Load(Scene.Repository.Config.Id, Location).LastOf(await Scene.LatestAsync())!;
        Assert.True(remembered.Proven);
        Assert.Equal(result.Checks, DrillCheck.Parse(remembered.ChecksJson));
    }

    [Fact]
    public async Task One_lock_and_one_reading_of_the_index_serve_the_whole_drill()
    {
        await Scene.BackupAsync();
        var (indexes, unlocked) = (0, 0);
        Scene.Backend.BeforeRead = handle =>
        {
            if (handle.Type == FileType.Index) indexes++;
            if (handle.Type == FileType.Pack && Scene.Backend.Locks != 1) unlocked++;
        };

        var run = await RunAsync(TimeProvider.System, scratch => scratch.Dispose(), isLocked: true, Scratch);
        var before = Scene.Backend.LocksWritten;
        indexes = 0;
        Assert.True((await run.ExecuteAsync(Token)).Proven);

        Assert.Equal(((await IndexesAsync()).Count, 0), (indexes, unlocked));
        Assert.Equal((1, 0), (Scene.Backend.LocksWritten - before, Scene.Backend.Locks));
    }
}
