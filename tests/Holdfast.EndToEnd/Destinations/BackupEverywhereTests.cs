using System.Text;
using Holdfast.EndToEnd.Cli;
using Holdfast.EndToEnd.Killing;
using Holdfast.EndToEnd.Restic;
using Holdfast.Restic;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Locks;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Destinations;

/// <summary>One backup into several repositories, some of which cannot be written to.</summary>
public sealed class BackupEverywhereTests : DestinationTests
{
    [Fact]
    public async Task Every_repository_gets_it_and_restic_reads_each_with_its_own_passphrase()
    {
        await using var server = await RcloneServer.StartAsync();
        await MakeAsync(Path.Combine(server.Folder, "far"), "the far passphrase");
        WriteKey("far.key", "the far passphrase");
        Declare($"  far: {{ rest: \"{server.Repository("far")["rest:".Length..]}\", passphrase: {{ file: ../far.key }} }}");

        var backup = await RunAsync(0, "backup");
        Place.Write("notes/two", "2");
        var next = await RunAsync(0, "backup");

        Assert.True(Of(backup, "first").GetProperty("primary").GetBoolean());
        Assert.Equal(backup.Text("snapshot_id"), Of(backup, "first").Text("snapshot_id"));
        Assert.All(next.GetProperty("repositories").EnumerateArray(), one => Assert.Empty(one.Strings("made_up_for")));
        var far = ResticProgram.On(server.Repository("far"), "the far passphrase");
        foreach (var (restic, name) in new[] { (Place.Restic, "first"), (SecondRestic, "second"), (far, "far") })
        {
            Assert.Equal(2, await CountAsync(restic));
            await restic.RunAsync("check", "--read-data");
            await restic.RunAsync("restore", Of(next, name).Text("snapshot_id"), "--target", Place["restored", name]);
            Assert.Equal("2", await File.ReadAllTextAsync(Place["restored", name] + Path.Combine(Place.Application, "notes", "two"), TestContext.Current.CancellationToken));
            Assert.Equal("2", Workplace.Ask(Place["restored", name] + Path.Combine(Place.Application, "shop.db"), "select count(*) from people"));
        }

        Assert.NotEqual(Of(next, "first").Text("snapshot_id"), Of(next, "far").Text("snapshot_id"));
    }

    [Fact]
    public async Task One_that_is_gone_is_told_and_the_next_backup_makes_up_for_it()
    {
        await RunAsync(0, "backup");
        using (Without(Second))
        {
            var told = await TellAsync("backup");
            Assert.Equal(3, told.ExitCode);
            Assert.Contains("warning: the repository second: there is no repository at", told.Error, StringComparison.Ordinal);
            Assert.Contains("the next `holdfast backup` makes up for it", told.Error, StringComparison.Ordinal);
            var document = await RunAsync(3, "backup");
            Assert.Contains("there is no repository", Assert.Single(Of(document, "second").Strings("problems")), StringComparison.Ordinal);
            var operation = (await RunAsync(0, "operations", "list"))[0];
            Assert.Equal(("copy", "done in part"), (operation.Text("kind"), operation.Text("state")));
            Assert.Contains("the repository second", operation.Text("error"), StringComparison.Ordinal);
        }

        var status = await RunAsync(1, "status");
        var backup = await RunAsync(0, "backup");

        Assert.Equal(2, status.GetProperty("repositories")[1].GetProperty("behind").GetInt32());
        Assert.Equal(2, Of(backup, "second").Strings("made_up_for").Count);
        Assert.Equal((4, 4), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
    }

    [Fact]
    public async Task When_the_first_is_gone_the_next_is_written_to_and_the_first_gets_it_later_without_gaps()
    {
        await RunAsync(0, "backup");
        string missed;
        using (Without(Place.Repository))
        {
            var backup = await RunAsync(3, "backup");
            Assert.True(Of(backup, "second").GetProperty("primary").GetBoolean());
            missed = backup.Text("snapshot_id");
        }

        var next = await RunAsync(0, "backup");

        Assert.Single(Of(next, "first").Strings("made_up_for"));
        Assert.Equal((3, 3), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
        var first = (await Place.Restic.RunAsync("snapshots", "--json")).Json();
        Assert.Equal(missed, first[1].Text("original"));
        await Place.Restic.RunAsync("check", "--read-data");
    }

    [Fact]
    public async Task Outages_that_take_turns_leave_no_gap()
    {
        using (Without(Second)) await RunAsync(3, "backup");
        using (Without(Place.Repository)) await RunAsync(3, "backup");
        using (Without(Second)) await RunAsync(3, "backup");

        var last = await RunAsync(0, "backup");

        Assert.Single(Of(last, "first").Strings("made_up_for"));
        Assert.Equal(2, Of(last, "second").Strings("made_up_for").Count);
        Assert.Equal((4, 4), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
    }

    [Fact]
    public async Task A_server_that_was_stopped_gets_what_it_missed_when_it_is_back()
    {
        var served = Place["served"];
        await MakeAsync(Path.Combine(served, "far"), SecondPassphrase);
        var server = await RcloneServer.StartAsync(new RcloneOptions { Folder = served });
        await using (server)
        {
            Declare(second: $"{{ rest: \"{server.Repository("far")["rest:".Length..]}\", passphrase: {{ file: ../second.key }} }}");
            await RunAsync(0, "backup");
        }

        var without = await RunAsync(3, "backup");
        await using (await RcloneServer.StartAsync(new RcloneOptions { Folder = served, Port = server.Port }))
        {
            var next = await RunAsync(0, "backup");
            Assert.Single(Of(next, "second").Strings("made_up_for"));
        }

        Assert.NotEmpty(Of(without, "second").Strings("problems"));
        Assert.Equal(3, await CountAsync(ResticProgram.On(Path.Combine(served, "far"), SecondPassphrase)));
    }

    [Fact]
    public async Task A_backup_of_paths_goes_everywhere_too_and_a_proof_is_of_one_repository()
    {
        var backup = await RunAsync(0, "backup", Place.Write("single", "x"), "--drill");

        Assert.Equal((1, 1), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
        Assert.True((await RunAsync(0, "show", Of(backup, "first").Text("snapshot_id"))).GetProperty("proven").GetBoolean());
        Assert.False((await RunAsync(0, "show", Of(backup, "second").Text("snapshot_id"))).GetProperty("proven").GetBoolean());
    }

    [Fact]
    public async Task A_wrong_passphrase_or_a_lock_of_one_does_not_stop_the_other()
    {
        WriteKey("second.key", "not the second passphrase");
        var wrong = await TellAsync("backup");
        WriteKey("second.key", SecondPassphrase);
        Assert.Equal(3, wrong.ExitCode);
        Assert.Contains("repositories.second.passphrase", wrong.Error, StringComparison.Ordinal);
        using (var repository = await Repository.OpenAsync(new LocalBackend(Place.Repository), Encoding.UTF8.GetBytes(Workplace.Passphrase), TestContext.Current.CancellationToken))
        await using (await RepositoryLock.AcquireAsync(repository, exclusive: true, OwnRepository.Identity, TimeProvider.System, TestContext.Current.CancellationToken))
        {
            var locked = await RunAsync(3, "backup");
            Assert.True(Of(locked, "second").GetProperty("primary").GetBoolean());
            Assert.Contains("locked", Of(locked, "first").Strings("problems")[0], StringComparison.Ordinal);
        }

        var copied = await RunAsync(0, "copy");

        Assert.All(copied.GetProperty("repositories").EnumerateArray(), one => Assert.Equal(1, one.GetProperty("copied").GetArrayLength()));
        Assert.Equal((2, 2), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
        Assert.Contains("every repository has all", (await TellAsync("copy")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Equal((2, 2), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
    }

    [Fact]
    public async Task A_full_one_gets_its_copies_when_there_is_room_again()
    {
        using var small = await SmallFileSystem.MountAsync(2_000_000);
        var full = Path.Combine(small.Path, "repository");
        await MakeAsync(full, SecondPassphrase);
        Declare(second: $"{{ path: \"{full}\", passphrase: {{ file: ../second.key }} }}");
        Place.WriteRandom("notes/large", 1, 400_000);
        await RunAsync(0, "backup");
        await File.WriteAllBytesAsync(Path.Combine(small.Path, "filler"), new byte[1_200_000], TestContext.Current.CancellationToken);
        Place.WriteRandom("notes/larger", 2, 900_000);

        var backup = await RunAsync(3, "backup");
        File.Delete(Path.Combine(small.Path, "filler"));
        var next = await RunAsync(0, "backup");

        Assert.NotEmpty(Of(backup, "second").Strings("problems"));
        Assert.Single(Of(next, "second").Strings("made_up_for"));
        Assert.Equal(3, await CountAsync(ResticProgram.On(full, SecondPassphrase)));
        await ResticProgram.On(full, SecondPassphrase).RunAsync("check", "--read-data");
    }

    [Fact]
    public async Task All_gone_is_an_error_and_one_that_is_named_is_written_to_alone()
    {
        using (Without(Second))
        using (Without(Place.Repository))
            (await RunAsync(10, "backup")).ExpectFailure(10, "none of the 2 repositories can be used");

        var alone = await RunAsync(0, "backup", "--repository", "second");
        var elsewhere = await TellAsync("backup", "--repository", "third");

        Assert.Equal((0, 1), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
        Assert.Equal(0, alone.GetProperty("repositories").GetArrayLength());
        Assert.Equal(10, elsewhere.ExitCode);
    }

    [Fact]
    public async Task A_backup_killed_while_it_writes_the_second_is_whole_in_the_first_and_the_next_completes_both()
    {
        await RunAsync(0, "backup");
        for (var file = 0; file < 8; file++) Place.WriteRandom($"notes/large{file}", file, 8_000_000);
        // When one pack is there and the next is about to get its name.
        var program = new TracedProgram(Place.Holdfast, Path.Combine(Second, "data"));
        var killed = await program.RunAsync(calls => calls.Count(call => call.StartsWith("rename(", StringComparison.Ordinal)) == 2, "backup", "--config", Manifest);
        Assert.True(killed.WasKilled);

        await Place.Restic.RunAsync("unlock");
        Assert.Equal((2, 1), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
        await Place.Restic.RunAsync("check", "--read-data");
        var next = await RunAsync(0, "backup");

        Assert.Single(Of(next, "second").Strings("made_up_for"));
        Assert.Equal((3, 3), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
        await SecondRestic.RunAsync("unlock");
        await SecondRestic.RunAsync("check", "--read-data");
    }
}
