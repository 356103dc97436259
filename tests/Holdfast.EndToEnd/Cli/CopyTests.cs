using System.Globalization;
using Holdfast.EndToEnd.Killing;
using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Copies between repositories, by our program and by the real restic, each recognising what the other has copied.</summary>
public sealed class CopyTests : WorkplaceTests
{
    private const string Other = "the other passphrase";

    private string Target => Place["target"];

    private ResticProgram Restic => ResticProgram.On(Target, Other);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await System.IO.File.WriteAllTextAsync(Place["other.key"], Other);
        System.IO.File.SetUnixFileMode(Place["other.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Ours_is_a_copy_to_restic_and_to_itself_and_not_proven_there()
    {
        await InitializeTargetAsync();
        var tree = SyntheticTree.Awkward(Place.Application);
        var first = await Place.BackUpAsync();
        Place.Database("shop.db");
        var second = await Place.BackUpAsync();
        await Place.JsonAsync(0, "drill", second);

        var planned = await CopyAsync(0, "--dry-run");
        var one = await CopyAsync(0, first[..8]);
        var rest = await CopyAsync(0);
        var again = await CopyAsync(0);

        Assert.Equal([first, second], planned.GetProperty("copied").EnumerateArray().Select(copy => copy.Text("snapshot_id")));
        Assert.Equal(first, Assert.Single(one.GetProperty("copied").EnumerateArray().ToList()).Text("snapshot_id"));
        Assert.Equal(second, Assert.Single(rest.GetProperty("copied").EnumerateArray().ToList()).Text("snapshot_id"));
        Assert.True(rest.GetProperty("shares_pieces").GetBoolean());
        Assert.Equal((0, 2), (again.GetProperty("copied").GetArrayLength(), again.GetProperty("present").GetArrayLength()));
        await Restic.RunAsync("check", "--read-data");
        Assert.Contains("skipping source snapshot", (await ResticCopyAsync(Place.Repository, Workplace.Passphrase, Target, Other)).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Restic.RunAsync("snapshots", "--json")).Json().GetArrayLength());
        // What restic 0.14 loses of names is told elsewhere; here the copy must be what the source is.
        await Place.Restic.RunAsync("restore", second, "--target", Place["from-source"]);
        await Restic.RunAsync("restore", "latest", "--target", Place["from-copy"]);
        SameFiles.Expect(Place["from-source"] + tree.Root, Place["from-copy"] + tree.Root);
        var listed = (await Place.Holdfast.RunAsync("list", "--json", "--repository", Target, "--passphrase-file", Place["other.key"])).Json();
        Assert.All(listed.EnumerateArray(), snapshot => Assert.False(snapshot.GetProperty("proven").GetBoolean()));
        (await Place.Holdfast.TryRunAsync("drill", "--repository", Target, "--passphrase-file", Place["other.key"])).Expect(0);
        Assert.Empty(Directory.GetFiles(Path.Combine(Place.Repository, "locks")).Concat(Directory.GetFiles(Path.Combine(Target, "locks"))));
    }

    [Fact]
    public async Task A_copy_by_restic_is_recognised_by_us_also_on_the_way_back()
    {
        await Restic.RunAsync("init");
        Place.WriteRandom("large", 1, 3_000_000);
        await Place.Restic.RunAsync("backup", "--tag", "b", "--tag", "a", "--exclude", "x", Place.Application);
        await ResticCopyAsync(Place.Repository, Workplace.Passphrase, Target, Other);
        Place.Write("small", "content");
        await Place.BackUpAsync();

        var copied = await Place.Holdfast.TryRunAsync("copy", "--to", Target, "--to-passphrase-file", Place["other.key"]);

        Assert.Contains("1 snapshot is there already", copied.Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("cut files at different places", copied.Error, StringComparison.Ordinal);
        await Restic.RunAsync("check", "--read-data");
        var back = (await Place.Holdfast.TryRunAsync(
            "copy", "--to", Place.Repository, "--repository", Target, "--passphrase-file", Place["other.key"], "--to-passphrase-command", $"printf %s '{Workplace.Passphrase}'", "--json")).Expect(0).Json();
        Assert.Equal((0, 2), (back.GetProperty("copied").GetArrayLength(), back.GetProperty("present").GetArrayLength()));
        Assert.Equal("copy", (await Place.JsonAsync(0, "operations", "list")).EnumerateArray().First().Text("kind"));
    }

    [Fact]
    public async Task Filters_choose_and_what_is_asked_for_wrongly_is_refused()
    {
        await InitializeTargetAsync();
        Place.Write("file", "content");
        await Place.BackUpAsync();
        await Place.Restic.RunAsync("backup", "--host", "elsewhere", Place.Application);

        var copied = await CopyAsync(0, "--host", "elsewhere");

        Assert.Equal(1, copied.GetProperty("copied").GetArrayLength());
        Assert.Equal("elsewhere", (await Restic.RunAsync("snapshots", "--json")).Json()[0].Text("hostname"));
        await Place.JsonAsync(2, "copy");
        await Place.JsonAsync(2, "copy", "--to", Place.Repository);
        await Place.JsonAsync(12, "copy", "--to", Target);
        await Place.JsonAsync(10, "copy", "--to", Place["nowhere"]);
    }

    [Fact]
    public async Task A_killed_copy_leaves_a_sound_target_and_is_gone_on_with()
    {
        await InitializeTargetAsync();
        for (var file = 0; file < 12; file++) Place.WriteRandom(string.Create(CultureInfo.InvariantCulture, $"file{file}"), file, 8_000_000);
        await Place.BackUpAsync();
        // When one pack is there and the next is about to get its name.
        var program = new TracedProgram(Place.Holdfast, Path.Combine(Target, "data"));
        var killed = await program.RunAsync(
            calls => calls.Count(call => call.StartsWith("rename(", StringComparison.Ordinal)) == 2, "copy", "--to", Target, "--to-passphrase-file", Place["other.key"]);
        Assert.True(killed.WasKilled);

        await Restic.RunAsync("unlock");
        Assert.Empty((await Restic.RunAsync("snapshots", "--json")).Json().EnumerateArray());
        await CopyAsync(0);

        await Restic.RunAsync("check", "--read-data");
        await Restic.RunAsync("restore", "latest", "--target", Place["restored"]);
        SameFiles.Expect(Place.Application, Place["restored"] + Place.Application);
    }

    /// <summary>A target that cuts files where the source does, made by the program itself.</summary>
    private async Task InitializeTargetAsync() => (await Place.Holdfast.TryRunAsync(
        "init", "--repository", Target, "--passphrase-file", Place["other.key"],
        "--copy-chunker-params-from", Place.Repository, "--from-passphrase-command", $"printf %s '{Workplace.Passphrase}'", "--json")).Expect(0);

    private Task<System.Text.Json.JsonElement> CopyAsync(int exitCode, params string[] arguments) =>
        Place.JsonAsync(exitCode, ["copy", "--to", Target, "--to-passphrase-file", Place["other.key"], .. arguments]);

    private static async Task<ProgramResult> ResticCopyAsync(string from, string fromPassphrase, string to, string passphrase) => (await RunningProcess.RunAsync(
        RealComponent.Require("restic"),
        ["--no-cache", "copy", "--verbose", "--repo", to, "--from-repo", from],
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["RESTIC_PASSWORD"] = passphrase, ["RESTIC_FROM_PASSWORD"] = fromPassphrase, ["RESTIC_REPOSITORY"] = null })).Expect(0);
}
