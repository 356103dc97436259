using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>The keys of a repository by our program and by the real restic in turn.</summary>
public sealed class KeysTests : WorkplaceTests
{
    [Fact]
    public async Task Both_programs_list_add_change_and_remove_keys_of_one_repository()
    {
        Place.Write("file", "content");
        await Place.BackUpAsync();
        var second = File("second", "the second passphrase");

        var added = (await Place.JsonAsync(0, "keys", "add", "--new-passphrase-file", second)).Text("added_id");

        await ResticProgram.On(Place.Repository, "the second passphrase").RunAsync("snapshots");
        var list = (await Place.Restic.RunAsync("key", "list", "--json")).Json();
        var ours = (await Place.JsonAsync(0, "keys", "list")).GetProperty("keys").EnumerateArray().ToList();
        Assert.Equal(2, list.GetArrayLength());
        foreach (var key in list.EnumerateArray())
        {
            var same = ours.Single(one => one.Text("id").StartsWith(key.Text("id"), StringComparison.Ordinal));
            Assert.Equal(key.Text("userName"), same.Text("username"));
            Assert.Equal(key.Text("hostName"), same.Text("hostname"));
            Assert.Equal(key.GetProperty("current").GetBoolean(), same.GetProperty("in_use").GetBoolean());
        }

        await Place.Restic.RunAsync("key", "add", "--new-password-file", File("third", "the third passphrase"));
        await ResticProgram.On(Place.Repository, "the third passphrase").RunAsync("key", "passwd", "--new-password-file", File("fourth", "the fourth passphrase"));
        Assert.Equal(12, (await TryWithAsync("third", "list")).ExitCode);
        (await TryWithAsync("fourth", "list")).Expect(0);
        var changed = (await TryWithAsync("fourth", "keys", "passwd", "--new-passphrase-file", File("fifth", "the fifth passphrase"), "--json")).Expect(0).Json();
        await ResticProgram.On(Place.Repository, "the fifth passphrase").RunAsync("snapshots");
        Assert.NotEqual(0, (await ResticProgram.On(Place.Repository, "the fourth passphrase").TryRunAsync("snapshots")).ExitCode);

        await Place.Restic.RunAsync("key", "remove", added);
        Assert.Equal(12, (await TryWithAsync("second", "list")).ExitCode);
        (await Place.JsonAsync(2, "keys", "remove", changed.Text("added_id")[..8])).ExpectFailure(2, "nobody to ask");
        await Place.JsonAsync(0, "keys", "remove", changed.Text("added_id")[..8], "--yes");

        var last = Assert.Single((await Place.Restic.RunAsync("key", "list", "--json")).Json().EnumerateArray().ToList());
        (await Place.JsonAsync(2, "keys", "remove", last.Text("id"), "--yes")).ExpectFailure(2, "in use");
        await Place.Restic.RunAsync("check");
        Assert.Empty(Directory.GetFiles(Path.Combine(Place.Repository, "locks")));
    }

    [Fact]
    public async Task Check_says_whether_the_passphrase_opens_and_status_when_it_did()
    {
        var check = await Place.JsonAsync(0, "keys", "check");

        Assert.Equal(64, check.Text("key_id").Length);
        Assert.Contains($"it opened the repository with key {check.Text("key_id")[..8]}", (await Place.Holdfast.TryRunAsync("status")).Output, StringComparison.Ordinal);
        Place.Holdfast.With("HOLDFAST_PASSPHRASE", "a wrong one");
        var wrong = await Place.Holdfast.TryRunAsync("keys", "check");
        Assert.Equal(12, wrong.ExitCode);
        Assert.Contains($"with key {check.Text("key_id")[..8]}", wrong.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("a wrong one", wrong.Output + wrong.Error, StringComparison.Ordinal);
        Assert.Contains("last checked", (await Place.Holdfast.TryRunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_passphrase_gets_a_new_recovery_sheet_where_init_made_one()
    {
        using var place = Workplace.Empty();
        place.Database("shop.db");
        place.Holdfast.With("HOLDFAST_PASSPHRASE", null).With("HOLDFAST_REPOSITORY", null);
        (await place.Holdfast.TryRunInAsync(place.Application, "init", "--no-backup")).Expect(0);
        var key = Path.Combine(place.Application, "holdfast.key");
        var old = (await System.IO.File.ReadAllTextAsync(key)).Trim();
        var next = Path.Combine(place.Application, "next.key");
        await System.IO.File.WriteAllTextAsync(next, "the next passphrase\n");
        System.IO.File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var changed = (await place.Holdfast.TryRunInAsync(place.Application, "keys", "passwd", "--new-passphrase-file", "next.key")).Expect(0);

        var sheet = await System.IO.File.ReadAllTextAsync(key + ".recovery-sheet.txt");
        Assert.Contains("the next passphrase", sheet, StringComparison.Ordinal);
        Assert.Contains("shop.db", sheet, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(place.Application, "backups"), sheet, StringComparison.Ordinal);
        Assert.DoesNotContain(old, sheet, StringComparison.Ordinal);
        Assert.Contains("void", changed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("the next passphrase", changed.Output + changed.Error, StringComparison.Ordinal);
        Assert.Equal(12, (await place.Holdfast.TryRunInAsync(place.Application, "keys", "check")).ExitCode);
        System.IO.File.Move(next, key, overwrite: true);
        (await place.Holdfast.TryRunInAsync(place.Application, "keys", "check")).Expect(0);
    }

    [Fact]
    public async Task A_new_passphrase_is_typed_twice_at_a_terminal_and_not_shown()
    {
        Assert.Equal(2, (await Place.Holdfast.TryRunAsync("keys", "add")).ExitCode);

        var typed = await TypeAsync("typed by hand\r", "typed by hand\r", "keys", "add");
        var slip = await TypeAsync("one thing\r", "another\r", "keys", "add");

        typed.Expect(0);
        Assert.DoesNotContain("typed by hand", typed.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, slip.ExitCode);
        Assert.Contains("not the same", slip.Output, StringComparison.Ordinal);
        await ResticProgram.On(Place.Repository, "typed by hand").RunAsync("snapshots");
        Assert.Equal(2, (await Place.JsonAsync(0, "keys", "list")).GetProperty("keys").GetArrayLength());
    }

    private string File(string name, string passphrase)
    {
        var path = Place[name];
        System.IO.File.WriteAllText(path, passphrase + "\n");
        System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private Task<ProgramResult> TryWithAsync(string name, params string[] arguments) =>
        Place.Holdfast.TryRunAsync([.. arguments, "--passphrase-file", Place[name]]);

    /// <summary>Types at a terminal, which script(1) makes, each line when it is asked for.</summary>
    private async Task<ProgramResult> TypeAsync(string first, string second, params string[] arguments)
    {
        var command = string.Join(' ', HoldfastProgram.Command.Concat(arguments).Select(word => $"'{word}'"));
        await using var process = RunningProcess.Start(RealComponent.Require("script"), ["-qec", command, "/dev/null"], Place.Holdfast.Variables);
        await Conditions.Eventually("the passphrase is asked for", () => process.Output.Contains("new passphrase: ", StringComparison.Ordinal) || process.HasExited);
        await process.TypeAsync(first);
        await Conditions.Eventually("it is asked for again", () => process.Output.Contains("the same again: ", StringComparison.Ordinal) || process.HasExited);
        await process.TypeAsync(second);
        return await process.WaitForExitAsync();
    }
}
