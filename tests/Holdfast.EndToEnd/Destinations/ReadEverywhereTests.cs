using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Destinations;

/// <summary>What reads and what looks after several repositories.</summary>
public sealed class ReadEverywhereTests : DestinationTests
{
    [Fact]
    public async Task List_shows_where_each_restore_point_exists()
    {
        var both = await RunAsync(0, "backup");
        await RunAsync(0, "backup", "--repository", "second");
        await RunAsync(0, "drill", Of(both, "second").Text("snapshot_id"));

        var list = await RunAsync(0, "list");
        var table = (await TellAsync("list")).Expect(0).OutputLines;

        Assert.Equal(["first second", "second"], list.EnumerateArray().Select(one => string.Join(' ', one.GetProperty("repositories").EnumerateArray().Select(place => place.Text("name")))));
        Assert.Equal([false, true], list[0].GetProperty("repositories").EnumerateArray().Select(place => place.GetProperty("proven").GetBoolean()));
        Assert.Contains("REPOSITORIES", table[0], StringComparison.Ordinal);
        Assert.Contains("in second", table[1], StringComparison.Ordinal);
        Assert.Contains("first, second", table[1], StringComparison.Ordinal);
        using (Without(Second))
        {
            var told = await TellAsync("list");
            Assert.Equal(3, told.ExitCode);
            Assert.Contains("the repository second", told.Error, StringComparison.Ordinal);
            Assert.Equal(1, (await RunAsync(3, "list")).GetArrayLength());
        }

        Assert.Equal(1, (await RunAsync(0, "list", "--repository", "first")).GetArrayLength());
    }

    [Fact]
    public async Task A_snapshot_is_found_wherever_it_is_and_the_latest_is_the_newest_of_all()
    {
        var both = await RunAsync(0, "backup");
        Place.Write("notes/one", "newer");
        var newer = await RunAsync(0, "backup", "--repository", "second");

        var shown = await RunAsync(0, "show");
        var dumped = await TellAsync("dump", newer.Text("snapshot_id"), Path.Combine(Place.Application, "notes", "one"));

        Assert.Equal(newer.Text("snapshot_id"), shown.Text("id"));
        Assert.Equal("newer", dumped.Expect(0).Output);
        Assert.Contains("is read from the repository second", dumped.Error, StringComparison.Ordinal);
        using (Without(Place.Repository))
        {
            var restored = await TellAsync("restore", "--target", Place["restored"]);
            Assert.Contains("the repository first", restored.Expect(0).Error, StringComparison.Ordinal);
            (await RunAsync(1, "show", both.Text("snapshot_id"))).ExpectFailure(1, "not looked at: first");
            (await TellAsync("drill")).Expect(0);
        }

        Assert.Equal("newer", await File.ReadAllTextAsync(Place["restored"] + Path.Combine(Place.Application, "notes", "one"), TestContext.Current.CancellationToken));
        Assert.True((await RunAsync(0, "show", newer.Text("snapshot_id"))).GetProperty("proven").GetBoolean());
    }

    [Fact]
    public async Task A_restore_in_place_without_the_first_can_be_rolled_back_from_the_second()
    {
        await RunAsync(0, "backup");
        Place.Write("notes/one", "later");
        using (Without(Place.Repository)) (await TellAsync("restore", "--yes")).Expect(0);
        Assert.Equal("1", await File.ReadAllTextAsync(Path.Combine(Place.Application, "notes", "one"), TestContext.Current.CancellationToken));

        (await TellAsync("rollback", "--yes")).Expect(0);

        Assert.Equal("later", await File.ReadAllTextAsync(Path.Combine(Place.Application, "notes", "one"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Each_repository_is_kept_by_its_own_policy_and_what_it_forgot_is_not_copied_again()
    {
        for (var backup = 0; backup < 3; backup++) await RunAsync(0, "backup");

        var forgot = await RunAsync(3, "forget", "--all-repositories", "--yes");
        Assert.Equal([1, 2], forgot.GetProperty("repositories").EnumerateArray().Select(one => one.GetProperty("result").GetProperty("removed").GetArrayLength()));
        await RunAsync(0, "prune", "--all-repositories");
        var backups = await RunAsync(0, "backup");

        Assert.Empty(Of(backups, "second").Strings("made_up_for"));
        Assert.Equal((3, 2), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
        await RunAsync(0, "check", "--all-repositories");
        using (Without(Second))
        {
            var check = await RunAsync(3, "check", "--all-repositories");
            Assert.Equal([0, 10], check.GetProperty("repositories").EnumerateArray().Select(one => one.GetProperty("exit_code").GetInt32()));
        }

        await RunAsync(2, "forget", "--all-repositories", "--repository", "second", "--yes");
        var id = backups.Text("snapshot_id");
        var named = await RunAsync(0, "forget", "--all-repositories", id, "--yes");
        Assert.Equal([1, 1], named.GetProperty("repositories").EnumerateArray().Select(one => one.GetProperty("result").GetProperty("removed").GetArrayLength()));
        Assert.Equal((2, 1), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
        // One that goes from one alone does not come back from the other.
        await RunAsync(0, "backup");
        var newest = await RunAsync(0, "backup");
        await RunAsync(0, "--repository", "second", "forget", Of(newest, "second").Text("snapshot_id"), "--yes");
        Assert.Equal(0, Of(await RunAsync(1, "status"), "second").GetProperty("behind").GetInt32());
        await RunAsync(0, "backup");
        Assert.Equal((5, 3), (await CountAsync(Place.Restic), await CountAsync(SecondRestic)));
    }

    [Fact]
    public async Task Config_knows_the_passphrase_and_the_policy_of_each_and_shows_no_secret()
    {
        var shown = (await TellAsync("config", "show")).Expect(0).Output;
        File.Delete(Place["second.key"]);
        var check = await TellAsync("config", "check");

        Assert.Contains($"file: {Place["second.key"]}", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(SecondPassphrase, shown, StringComparison.Ordinal);
        Assert.Contains("repositories.second.passphrase", check.Expect(1).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unproven_backups_are_drilled_in_the_first_that_can_be_used_or_the_one_that_is_named()
    {
        await RunAsync(0, "backup");

        using (Without(Place.Repository)) await RunAsync(0, "drill", "--all-unproven");

        var places = (await RunAsync(0, "list"))[0].GetProperty("repositories");
        Assert.Equal([false, true], places.EnumerateArray().Select(place => place.GetProperty("proven").GetBoolean()));
        await RunAsync(0, "drill", "--all-unproven", "--repository", "first");
        Assert.Contains("yes", (await TellAsync("list")).Expect(0).OutputLines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_makes_one_that_the_manifest_names_with_the_key_that_it_names()
    {
        Declare("  third: { path: ../third, passphrase: { file: ../third.key } }");

        (await TellAsync("init", "--repository", "third", "--no-backup", "--copy-chunker-params-from", "first")).Expect(0);
        var backup = await RunAsync(0, "backup");

        var key = (await File.ReadAllTextAsync(Place["third.key"], TestContext.Current.CancellationToken)).Trim();
        Assert.Equal(1, await CountAsync(ResticProgram.On(Place["third"], key)));
        Assert.Empty(Of(backup, "third").Strings("problems"));
    }

    [Fact]
    public async Task Status_says_how_each_repository_stands()
    {
        await RunAsync(0, "backup", "--drill");

        var good = await RunAsync(0, "status");
        Assert.Equal([0, 0], good.GetProperty("repositories").EnumerateArray().Select(one => one.GetProperty("behind").GetInt32()));
        Assert.NotNull(good.GetProperty("repositories")[0].GetProperty("last_proven").GetString());
        Assert.Null(good.GetProperty("repositories")[1].GetProperty("last_proven").GetString());
        using (Without(Second))
        {
            var without = await TellAsync("status");
            Assert.Contains("the repository second cannot be looked at", without.Expect(0).Output, StringComparison.Ordinal);
        }

        using (Without(Place.Repository)) Assert.Contains("no restore point is proven", (await TellAsync("status")).Expect(1).Output, StringComparison.Ordinal);
    }
}
