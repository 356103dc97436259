using System.Text.Json;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Restic;
using Holdfast.Restic.Crypto;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Work that only reads, or makes snapshots and files, is in the journal, and is run again after it was killed.</summary>
public sealed class JournalTests
{
    [Fact]
    public async Task Every_command_that_works_is_an_operation_and_an_interrupted_one_is_run_again_as_it_was_asked_for()
    {
        using var place = await Workplace.CreateAsync();
        var database = place.Database("main.db");
        place.Write("file", "x");
        await place.Holdfast.TryRunInAsync(place.Application, "backup", "--tag", "nightly run", "--exclude", "*.tmp", "file", "main.db");
        await place.Holdfast.RunAsync("check", "--read-data");
        await place.Holdfast.TryRunInAsync(place.Application, "export", "--output", "out.db", "--database", "main.db");
        await place.Holdfast.RunAsync("verify", Path.Combine(place.Application, "out.db"));
        var operations = await OperationsAsync(place);
        Assert.Equal(["verify done", "export done", "check done", "backup done"], operations.Select(operation => $"{operation.Text("kind")} {operation.Text("state")}"));

        foreach (var operation in operations) Interrupt(place, operation.Text("kind"));
        File.Delete(Path.Combine(place.Application, "out.db"));
        File.Delete(Path.Combine(place.Application, "out.db.meta"));
        var status = await place.Holdfast.TryRunAsync("status");
        Assert.Contains("holdfast check --read-data --repository", status.Output, StringComparison.Ordinal);
        Assert.Contains("--tag 'nightly run'", status.Output, StringComparison.Ordinal);

        // From another folder, the oldest first.
        foreach (var operation in operations.Reverse())
            (await place.Holdfast.TryRunInAsync("/", "operations", "resume", $"{operation.GetProperty("number").GetInt64()}")).Expect(0);

        Assert.Equal(
            ["verify done", "export done", "check done", "backup done", "verify repeated", "export repeated", "check repeated", "backup repeated"],
            (await OperationsAsync(place)).Select(operation => $"{operation.Text("kind")} {operation.Text("state")}"));
        var snapshots = (await place.JsonAsync(0, "list")).EnumerateArray().ToList();
        Assert.Equal(2, snapshots.Count);
        Assert.All(snapshots, snapshot => Assert.Contains("nightly run", snapshot.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString())));
        Assert.Contains(database, await place.PathsAsync());
        Assert.Equal("2", Workplace.Ask(Path.Combine(place.Application, "out.db"), "select count(*) from people"));
        Assert.DoesNotContain("interrupted", (await place.Holdfast.TryRunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("check")]
    [InlineData("verify")]
    public async Task A_killed_one_that_nobody_wants_any_more_is_put_away(string kind)
    {
        using var place = await Workplace.CreateAsync();
        var database = place.Database("main.db");
        string[] words = kind switch { "verify" => [kind, database], "backup" => [kind, place.Application], _ => [kind] };
        await place.Holdfast.RunAsync(words);
        Interrupt(place, kind);

        var undone = await place.Holdfast.RunAsync("operations", "undo", "1");

        Assert.Contains("nothing was changed", undone.Output, StringComparison.Ordinal);
        Assert.Equal("undone", Assert.Single(await OperationsAsync(place)).Text("state"));
        (await place.Holdfast.TryRunAsync("operations", "undo", "1")).Expect(2);
    }

    [Fact]
    public async Task A_killed_import_is_run_again_and_makes_one_snapshot()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("file", "x");
        var archive = Path.Combine(place.Root, "out.tar.gz");
        await place.BackUpAsync();
        await place.Holdfast.RunAsync("export", "--output", archive);
        await place.Holdfast.RunAsync("import", archive);
        Interrupt(place, "import");
        var number = (await OperationsAsync(place)).Single(operation => operation.Text("state") == "interrupted").GetProperty("number").GetInt64();

        var again = await place.Holdfast.RunAsync("operations", "resume", $"{number}");

        Assert.Contains("running it again: holdfast import", again.Error, StringComparison.Ordinal);
        Assert.Contains("in the repository already", again.Error, StringComparison.Ordinal);
        (await place.Holdfast.TryRunAsync("operations", "resume", $"{number}")).Expect(2);
    }

    [Fact]
    public async Task A_killed_prune_repair_or_copy_is_run_again_as_it_was_asked_for()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("file", "x");
        await place.BackUpAsync();
        var other = Path.Combine(place.Root, "other copy");
        (await Workplace.Initialise(other, new RepositoryOptions { KeyCost = new ScryptParameters(1024, 8, 1) })).Dispose();
        var passphrase = Path.Combine(place.Root, "other passphrase");
        await File.WriteAllTextAsync(passphrase, Workplace.Passphrase, TestContext.Current.CancellationToken);
        await place.Holdfast.RunAsync("prune", "--max-unused", "0", "--repack-small");
        await place.Holdfast.RunAsync("repair", "index", "--read-all-packs");
        await place.Holdfast.RunAsync("repair", "snapshots", "latest", "--forget");
        (await place.Holdfast.TryRunInAsync(place.Root, "copy", "latest", "--to", "other copy", "--to-passphrase-file", "other passphrase", "--no-lock")).Expect(0);
        foreach (var kind in new[] { "prune", "repair", "copy" }) Interrupt(place, kind);

        var shown = (await place.Holdfast.TryRunAsync("status")).Output;
        Assert.Contains("holdfast prune --max-unused 0 --repack-small --repository", shown, StringComparison.Ordinal);
        Assert.Contains("holdfast repair index --read-all-packs --repository", shown, StringComparison.Ordinal);
        Assert.Contains("holdfast repair snapshots latest --forget --repository", shown, StringComparison.Ordinal);
        Assert.Contains($"holdfast copy latest --to '{other}' --to-passphrase-file 'other passphrase' --no-lock --repository", shown, StringComparison.Ordinal);
        foreach (var number in new[] { 2, 3, 4, 5 }) (await place.Holdfast.TryRunInAsync("/", "operations", "resume", $"{number}")).Expect(0);

        Assert.Equal(
            ["copy done", "repair done", "repair done", "prune done", "copy repeated", "repair repeated", "repair repeated", "prune repeated", "backup done"],
            (await OperationsAsync(place)).Select(operation => $"{operation.Text("kind")} {operation.Text("state")}"));
    }

    [Fact]
    public async Task What_starts_a_program_for_a_passphrase_may_hold_a_secret_and_is_not_kept()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("file", "x");
        await place.BackUpAsync();
        var other = Path.Combine(place.Root, "other");
        (await Workplace.Initialise(other, new RepositoryOptions { KeyCost = new ScryptParameters(1024, 8, 1) })).Dispose();
        await place.Holdfast.RunAsync("copy", "--to", other, "--to-passphrase-command", $"echo {Workplace.Passphrase}");
        Interrupt(place, "copy");

        var refused = (await place.Holdfast.TryRunAsync("operations", "resume", "2")).Expect(2);

        Assert.Contains("give its command again", refused.Error, StringComparison.Ordinal);
        Assert.Equal("0", Workplace.Ask(Path.Combine(place.Holdfast.State, "state.db"), $"select count(*) from operations where instr(coalesce(request, ''), '{Workplace.Passphrase}') > 0"));
    }

    [Fact]
    public async Task A_broken_state_keeps_nobody_from_checking_verifying_and_exporting()
    {
        using var place = await Workplace.CreateAsync();
        place.Database("main.db");
        await place.BackUpAsync();
        var copy = Path.Combine(place.Root, "copy.db");
        await File.WriteAllTextAsync(Path.Combine(place.Holdfast.State, "state.db"), new string('x', 8192), TestContext.Current.CancellationToken);
        foreach (string[] command in new[] { ["check"], ["export", "--output", copy], new[] { "verify", copy } })
            Assert.Contains("cannot be entered into the journal", (await place.Holdfast.RunAsync(command)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rollback_to_a_damaged_database_names_the_file_that_was_kept_and_what_to_do()
    {
        using var place = await Workplace.CreateAsync();
        var database = place.Database("main.db");
        var manifest = place.Write("holdfast.yaml", $$"""
            application: shop
            databases: { main: { sqlite: main.db } }
            repositories: { local: { path: {{place.Repository}} } }
            """);
        await place.Holdfast.RunAsync("backup", "--config", manifest);
        var garbage = SyntheticTree.RandomBytes(1, 8192);
        await File.WriteAllBytesAsync(database, garbage, TestContext.Current.CancellationToken);
        await place.Holdfast.RunAsync("restore", "--yes", "--config", manifest);
        var kept = Assert.Single(Directory.GetFiles(place.Application, "main.db.before-restore-*"));

        var refused = (await place.Holdfast.TryRunAsync("rollback", "--yes", "--config", manifest)).Expect(1);

        Assert.Contains(kept, refused.Error, StringComparison.Ordinal);
        Assert.Contains(".recover", refused.Error, StringComparison.Ordinal);
        Assert.Equal("2", Workplace.Ask(database, "select count(*) from people"));
        Assert.Equal(garbage, await File.ReadAllBytesAsync(kept, TestContext.Current.CancellationToken));
    }

    /// <summary>As if those of a kind had been killed: their processes are gone, and no end is entered.</summary>
    private static void Interrupt(Workplace place, string kind)
    {
        using var state = SqliteConnections.Open(Path.Combine(place.Holdfast.State, "state.db"));
        state.Execute($"update operations set state = 'Running', ended = null, owner_start = 1 where kind = '{kind}'");
    }

    private static async Task<IReadOnlyList<JsonElement>> OperationsAsync(Workplace place) =>
        [.. (await place.JsonAsync(0, "operations", "list", "--all")).EnumerateArray()];
}
