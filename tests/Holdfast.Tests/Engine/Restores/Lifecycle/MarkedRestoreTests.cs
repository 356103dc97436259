using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Lifecycle;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>What a restore in place tells everybody while the application is between two states.</summary>
public sealed class MarkedRestoreTests : SupervisedRestoreTests
{
    [Fact]
    public async Task While_things_are_exchanged_a_marker_tells_everybody_and_afterwards_it_is_gone_and_the_folder_is_as_it_was()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        RestoreMarker? seen = null;
        Supervisor.OnStop = () => Assert.Null(RestoreMarker.TryRead(Marker));
        Supervisor.OnStart = _ => seen = RestoreMarker.TryRead(Marker);

        var (_, result) = await RestoreAsync();

        Assert.Equal((1L, "anna", result!.Safety), (seen!.Operation, seen.User, seen.Safety));
        Assert.True(seen.OfThisProcess() == seen);
        Assert.Null(RestoreMarker.TryRead(Marker));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task Undone_the_marker_of_the_restore_that_this_one_went_over_is_back()
    {
        await SaveFirstStateAsync("wal");
        Before = new RestoreMarker { Operation = 7, User = "bert" };
        AtomicFile.Write(Marker, Before.Serialize());
        Supervisor.OnStart = number => { if (number == 1) throw FakeSupervisor.Broken(); };

        await RestoreAsync(fails: "the old state is back");
        Assert.Equal(Before, RestoreMarker.TryRead(Marker));

        await RestoreAsync();
        Assert.Null(RestoreMarker.TryRead(Marker));
    }

    [Theory]
    [InlineData("stopping the application")]
    [InlineData("starting the application")]
    [InlineData("nothing")]
    public async Task Stopped_or_failed_at_any_time_the_marker_of_the_restore_that_this_one_went_over_is_as_it_was(string when)
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        Before = new RestoreMarker { Operation = 7, User = "bert", Since = DateTimeOffset.UnixEpoch };
        AtomicFile.Write(Marker, Before.Serialize());
        var content = File.ReadAllText(Marker.ToString());
        using var stop = new CancellationTokenSource();
        if (when == "nothing") await stop.CancelAsync();
        Supervisor.OnStop = () => { if (when.StartsWith("stopping", StringComparison.Ordinal)) stop.Cancel(); };
        Supervisor.OnStart = number =>
        {
            if (!when.StartsWith("starting", StringComparison.Ordinal) || number > 1) return;
            Assert.NotEqual(content, File.ReadAllText(Marker.ToString()));
            throw FakeSupervisor.Broken();
        };

        await Assert.ThrowsAnyAsync<Exception>(() => RestoreAsync(cancellationToken: stop.Token));

        Assert.Equal(content, File.ReadAllText(Marker.ToString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_marker_of_another_user_who_went_over_this_one_is_left_alone_although_his_operation_has_the_same_number(bool goesOver)
    {
        var theirs = new RestoreMarker { Operation = 3, StateFolder = "/home/bert/state" };
        Scene.Temp.CreateDirectory("app");
        AtomicFile.Write(Marker, theirs.Serialize());
        var own = new MarkerFile(Marker, 3, StateFolder, goesOver ? new RestoreMarker { Operation = 1 } : null, Assert.Fail);

        own.Adopt();
        own.PutBack();
        own.Remove();

        Assert.Equal(theirs, RestoreMarker.TryRead(Marker));
    }

    [Fact]
    public async Task Where_no_marker_can_be_written_the_restore_goes_on_with_a_notice()
    {
        await SaveFirstStateAsync("wal");
        Directory.CreateDirectory(Path.Combine(Marker.ToString(), "in the way"));

        var (_, result) = await RestoreAsync();

        Assert.Contains(result!.Notices, notice => notice.Contains("other users would not see it", StringComparison.Ordinal));
    }
}
