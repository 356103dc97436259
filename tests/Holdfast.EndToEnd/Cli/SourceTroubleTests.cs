using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Files that cannot be read, change or vanish.</summary>
public sealed class SourceTroubleTests : WorkplaceTests
{
    [Fact]
    public async Task What_may_not_be_read_is_named_and_the_rest_is_saved()
    {
        RealComponent.RequireRoot("run the program as another user");
        var good = Place.Write("good", "content");
        var secret = Place.Write("secret", "private");
        var locked = Place.Write("locked/file", "private");
        var database = Place.Database("private.db");
        await ShellAsync("chown -R nobody \"$1\" \"$2\" && chown root \"$3\" \"$4\" \"$5\" && chmod 600 \"$3\" \"$5\" && chmod 700 \"$4\"",
            Place.Root, Place.Holdfast.State, secret, Path.GetDirectoryName(locked)!, database);

        var saved = await AsNobodyAsync("backup", Place.Application, "--json");

        saved.Expect(3);
        var problems = string.Join('\n', saved.Json().Texts("problems"));
        foreach (var path in new[] { secret, Path.GetDirectoryName(locked)!, database })
        {
            Assert.Contains(path, problems, StringComparison.Ordinal);
            Assert.Contains(path, saved.Error, StringComparison.Ordinal);
        }

        var paths = await Place.PathsAsync();
        Assert.Contains(good, paths);
        Assert.DoesNotContain(secret, paths);
        Assert.Equal(3, (await AsNobodyAsync("show", "latest", "--json")).Expect(0).Json().GetProperty("problems").GetArrayLength());
    }

    [Fact]
    public async Task A_target_that_may_not_be_written_is_a_clear_error()
    {
        RealComponent.RequireRoot("run the program as another user");
        Place.Write("file", "content");
        await Place.BackUpAsync();
        await ShellAsync("chown -R nobody \"$1\" \"$2\"; mkdir \"$3\"", Place.Root, Place.Holdfast.State, Place["target"]);

        var refused = await AsNobodyAsync("restore", "latest", "--target", Place["target"], "--json");

        refused.Expect(1).Json().ExpectFailure(1, Place["target"]);
        Assert.Empty(Directory.GetFileSystemEntries(Place["target"]));
    }

    [Fact]
    public async Task A_repository_that_may_not_be_written_is_a_clear_error()
    {
        RealComponent.RequireRoot("run the program as another user");
        Place.Write("file", "content");
        await Place.BackUpAsync();
        await ShellAsync("chmod -R a+rX \"$1\"; chown nobody \"$2\"", Place.Root, Place.Holdfast.State);

        var refused = await AsNobodyAsync("backup", Place.Application, "--json");

        refused.Expect(1).Json().ExpectFailure(1, Place.Repository);
    }

    [Fact]
    public async Task A_file_that_never_stands_still_is_saved_and_told()
    {
        var busy = Place.WriteRandom("busy.log", 1, 2_000_000);
        var calm = Place.Write("calm", "content");
        await using var writer = RunningProcess.Start("sh", ["-c", "while :; do echo 'one more line' >> \"$1\"; done", "sh", busy]);
        await Conditions.Eventually("the file grows", () => new FileInfo(busy).Length > 2_000_100);

        var saved = await Place.JsonAsync(3, "backup", Place.Application);

        Assert.Contains(saved.Texts("problems"), problem => problem.Contains(busy, StringComparison.Ordinal) && problem.Contains("changed", StringComparison.Ordinal));
        var paths = await Place.PathsAsync();
        Assert.Contains(busy, paths);
        Assert.Contains(calm, paths);
        var dump = (await Place.Restic.RunAsync("dump", "latest", busy)).OutputBytes;
        Assert.Equal(SyntheticTree.RandomBytes(1, 2_000_000), dump[..2_000_000]);
    }

    [Fact]
    public async Task Files_that_come_and_go_are_no_failure()
    {
        var kept = Place.Write("kept", "content");
        Directory.CreateDirectory(Path.Combine(Place.Application, "spool"));
        const string Script = "cd \"$1\"; while :; do for i in 1 2 3 4 5 6 7 8 9; do : > a$i; : > b$i; echo x > c$i; mkdir d$i; done; rm -r ./*; done";
        await using var spool = RunningProcess.Start("sh", ["-c", Script, "sh", Path.Combine(Place.Application, "spool")]);

        for (var i = 0; i < 3; i++)
        {
            var saved = await Place.JsonAsync(0, "backup", Place.Application);
            Assert.All(saved.Texts("notices"), notice => Assert.Contains("vanished", notice, StringComparison.Ordinal));
        }

        Assert.Contains(kept, await Place.PathsAsync());
        await Place.JsonAsync(0, "check");
    }

    private static async Task ShellAsync(string script, params string[] arguments) =>
        (await RunningProcess.RunAsync("sh", ["-e", "-c", script, "sh", .. arguments])).Expect(0);

    private async Task<ProgramResult> AsNobodyAsync(params string[] arguments)
    {
        var asNobody = await RealComponent.RequireOtherUserAsync(HoldfastProgram.Library);
        return await RunningProcess.RunAsync(asNobody[0], [.. asNobody.Skip(1), .. HoldfastProgram.Command, .. arguments], Place.Holdfast.Variables, Place.Root);
    }
}
