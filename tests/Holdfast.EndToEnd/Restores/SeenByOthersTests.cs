using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>A killed restore as those see it whose journal does not know it: another user, and the same one without his local state.</summary>
public sealed class SeenByOthersTests
{
    [Fact]
    public async Task Whose_journal_is_lost_is_told_everywhere_and_goes_over_it_when_he_says_so()
    {
        using var shop = await KilledAsync();
        using var lost = new HoldfastProgram(shop.Place.Repository, Workplace.Passphrase);
        var marker = JsonDocument.Parse(await File.ReadAllTextAsync(Marker(shop), TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(shop.Holdfast.State, marker.Text("state_folder"));

        await SeenAsync(shop, arguments => lost.TryRunInAsync(shop.Root, arguments));
        var plain = (await lost.TryRunAsync("backup", shop.Root, "--json")).Expect(3).Json();
        Assert.Contains(plain.Texts("problems"), problem => problem.Contains("has not come to its end", StringComparison.Ordinal));

        var advice = (await lost.TryRunInAsync(shop.Root, "status", "--json")).Expect(1).Json().GetProperty("findings")[0].Text("hint");
        Assert.Contains($"`holdfast restore {marker.Text("safety")[..8]} --over-interrupted` brings the state before it back", advice, StringComparison.Ordinal);
        Assert.DoesNotContain(marker.Text("safety"), advice, StringComparison.Ordinal);
        Assert.Contains($"`holdfast restore {marker.Text("snapshot")[..8]} --only '{Path.Combine(shop.Root, "shop.conf")}' --over-interrupted` does it again", Partial(marker, Path.Combine(shop.Root, "shop.conf")), StringComparison.Ordinal);

        var planned = (await lost.TryRunInAsync(shop.Root, "restore", marker.Text("safety"), "--dry-run")).Expect(1);
        Assert.Contains("--over-interrupted", planned.Output, StringComparison.Ordinal);
        var over = (await lost.TryRunInAsync(shop.Root, "restore", marker.Text("safety"), "--yes", "--over-interrupted")).Expect(0);
        Assert.Contains(".before-restore-", over.Error, StringComparison.Ordinal);
        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        Assert.False(File.Exists(Marker(shop)));
        Assert.DoesNotContain("has not come to its end", (await lost.TryRunInAsync(shop.Root, "status")).Output, StringComparison.Ordinal);
        Assert.Empty((await lost.TryRunInAsync(shop.Root, "backup", "--json")).Expect(0).Json().Texts("problems"));
    }

    [Fact]
    public async Task Whose_journal_is_damaged_is_told_everywhere_what_the_marker_says()
    {
        using var shop = await KilledAsync();
        var state = Path.Combine(shop.Holdfast.State, "state.db");
        File.Delete(state + "-wal");
        await File.WriteAllTextAsync(state, new string('x', 8192), TestContext.Current.CancellationToken);

        var findings = (await shop.TryRunAsync("status", "--json")).Expect(1).Json().GetProperty("findings").EnumerateArray().ToList();
        Assert.Contains("is damaged", findings[0].Text("message"), StringComparison.Ordinal);
        Assert.Contains("under another name", findings[0].Text("hint"), StringComparison.Ordinal);
        Assert.Contains("has not come to its end", findings[1].Text("message"), StringComparison.Ordinal);
        Assert.Contains("--over-interrupted", findings[1].Text("hint"), StringComparison.Ordinal);
        foreach (var command in (string[][])[["restore", "--yes"], ["rollback", "--yes"], ["operations", "list"]])
        {
            var told = (await shop.TryRunAsync(command)).Expect(1).Error;
            Assert.Contains("has not come to its end", told, StringComparison.Ordinal);
            Assert.Contains("--over-interrupted", told, StringComparison.Ordinal);
        }

        Assert.Contains("has not come to its end", (await shop.TryRunAsync("backup")).Expect(3).Error, StringComparison.Ordinal);
        File.Move(state, state + ".damaged");
        var marker = JsonDocument.Parse(await File.ReadAllTextAsync(Marker(shop), TestContext.Current.CancellationToken)).RootElement;
        (await shop.TryRunAsync("restore", marker.Text("snapshot"), "--yes", "--over-interrupted", "--start")).Expect(0);
        Assert.Contains("greeting=old", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gone_over_by_somebody_else_it_can_still_be_undone_and_comes_to_its_end(bool oldFilesAreGone)
    {
        using var shop = await KilledAsync();
        using var other = new HoldfastProgram(shop.Place.Repository, Workplace.Passphrase);
        var marker = JsonDocument.Parse(await File.ReadAllTextAsync(Marker(shop), TestContext.Current.CancellationToken)).RootElement;
        // Twice: what the first has made and the second has taken away frees inodes for others.
        for (var time = 0; time < 2; time++)
            (await other.TryRunInAsync(shop.Root, "restore", marker.Text("safety"), "--yes", "--over-interrupted")).Expect(0);
        if (oldFilesAreGone)
        {
            foreach (var file in Directory.GetFiles(shop.Root, "*.before-restore-*", SearchOption.AllDirectories)) File.Delete(file);
        }

        var number = (await shop.RunAsync("operations", "list", "--json")).Json().EnumerateArray().Single(operation => operation.Text("state") == "interrupted")
            .GetProperty("number").GetInt64();
        var status = (await shop.TryRunAsync("status")).Expect(1).Output;
        Assert.Contains("somebody has gone over it with another restore", status, StringComparison.Ordinal);
        Assert.Contains($"operations forget {number} --force", status, StringComparison.Ordinal);
        var undone = (await shop.TryRunAsync("operations", "undo", $"{number}")).Expect(0);

        Assert.Contains("the old state is back", undone.Output, StringComparison.Ordinal);
        Assert.Contains("greeting=new", (await shop.Shop.AnswerAsync())!, StringComparison.Ordinal);
        LeftBehind.ExpectOnlyNamed(shop, undone);
        Assert.Equal("undone", (await shop.RunAsync("operations", "show", $"{number}", "--json")).Json().Text("state"));
        Assert.DoesNotContain("was interrupted", (await shop.TryRunAsync("status")).Output, StringComparison.Ordinal);
        (await shop.TryRunAsync("restore", "--dry-run")).Expect(0);
    }

    [Fact]
    public async Task A_rollback_over_it_that_is_stopped_leaves_everybody_told_as_before()
    {
        HoldfastProgram? restored = null;
        using var shop = await KilledAsync(async shop =>
        {
            restored = new HoldfastProgram(shop.Place.Repository, Workplace.Passphrase);
            (await restored.TryRunInAsync(shop.Root, "restore", "--yes")).Expect(0);
        });
        using var other = restored!;
        var marker = await File.ReadAllTextAsync(Marker(shop), TestContext.Current.CancellationToken);

        await using var rollback = RunningProcess.Start(
            HoldfastProgram.Command[0],
            [.. HoldfastProgram.Command.Skip(1), "rollback", "--yes", "--force", "--over-interrupted"],
            other.Variables,
            shop.Root);
        await Conditions.Eventually("it is at the application", async () =>
            (await other.TryRunInAsync(shop.Root, "operations", "list", "--json")).Json()[0].Text("state") == "running");
        rollback.Signal(2);
        var ended = await rollback.WaitForExitAsync();

        if (ended.ExitCode == 0) Assert.False(File.Exists(Marker(shop)));
        else Assert.Equal(marker, await File.ReadAllTextAsync(Marker(shop), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Where_what_was_there_before_is_gone_undo_says_so_and_comes_to_its_end()
    {
        using var shop = await KilledAsync();
        foreach (var file in Directory.GetFiles(shop.Root, "*.before-restore-*", SearchOption.AllDirectories)) File.Delete(file);

        var undone = (await shop.TryRunAsync("operations", "undo", "1")).Expect(2);
        Assert.Contains("has come to its end", undone.Error, StringComparison.Ordinal);
        var number = (await shop.RunAsync("operations", "list", "--json")).Json().EnumerateArray().Single(operation => operation.Text("state") == "interrupted")
            .GetProperty("number").GetInt64();
        var told = (await shop.TryRunAsync("operations", "undo", $"{number}")).Expect(3);

        Assert.Contains("shop.db\" is gone", told.Output, StringComparison.Ordinal);
        Assert.Contains("is in the safety snapshot", told.Output, StringComparison.Ordinal);
        Assert.Equal("undone", (await shop.RunAsync("operations", "show", $"{number}", "--json")).Json().Text("state"));
        Assert.False(File.Exists(Marker(shop)));
    }

    [Fact]
    public async Task Another_user_is_told_everywhere_and_who_has_the_journal_ends_it()
    {
        var asNobody = await RealComponent.RequireOtherUserAsync(HoldfastProgram.Library);
        using var shop = await KilledAsync();
        using var theirs = new HoldfastProgram(shop.Place.Repository, Workplace.Passphrase);
        (await RunningProcess.RunAsync("chmod", ["-R", "a+rwX", shop.Place.Root])).Expect(0);
        (await RunningProcess.RunAsync("chown", ["nobody", theirs.State])).Expect(0);

        await SeenAsync(shop, arguments => RunningProcess.RunAsync(
            asNobody[0], [.. asNobody.Skip(1), .. HoldfastProgram.Command, .. arguments], theirs.Variables, shop.Root));

        Assert.Contains("was interrupted", (await shop.TryRunAsync("status")).Expect(1).Output, StringComparison.Ordinal);
        var number = (await shop.RunAsync("operations", "list", "--json")).Json().EnumerateArray().Single(operation => operation.Text("state") == "interrupted")
            .GetProperty("number").GetInt64();
        await shop.RunAsync("operations", "undo", $"{number}");
        Assert.False(File.Exists(Marker(shop)));
        Assert.Empty((await shop.TryRunAsync("backup", "--json")).Expect(0).Json().Texts("problems"));
    }

    private static async Task SeenAsync(RunningShop shop, Func<string[], Task<ProgramResult>> runAsync)
    {
        var status = (await runAsync(["status", "--json"])).Expect(1).Json();
        var finding = status.GetProperty("findings").EnumerateArray().First();
        Assert.Equal("critical", finding.Text("severity"));
        Assert.Contains($"{Environment.UserName} began it on {Environment.MachineName}", finding.Text("message"), StringComparison.Ordinal);

        var saved = (await runAsync(["backup", "--json"])).Expect(3).Json();
        Assert.Contains("the application may be between two states", Assert.Single(saved.Texts("problems")), StringComparison.Ordinal);
        var files = (await shop.RunAsync("ls", saved.Text("snapshot_id"))).Output;
        Assert.Contains("shop.conf", files, StringComparison.Ordinal);
        Assert.DoesNotContain("holdfast-restoring", files, StringComparison.Ordinal);

        foreach (var command in (string[][])[["restore", "--proven", "--yes"], ["rollback", "--yes"]])
            Assert.Contains("has not come to its end", (await runAsync(command)).Expect(1).Error.Split('\n')[0], StringComparison.Ordinal);
        var refused = (await runAsync(["restore", "--yes"])).Expect(1);
        Assert.Contains("has not come to its end", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--over-interrupted", refused.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Marker(shop)));
    }

    private static string Partial(JsonElement marker, string part) =>
        (JsonSerializer.Deserialize<RestoreMarker>(marker.GetRawText())! with { Only = [part] }).Advice(FilePath.Root, Environment.MachineName);

    private static string Marker(RunningShop shop) => Path.Combine(shop.Root, ".holdfast.yaml.holdfast-restoring");

    /// <summary>Killed while the application starts with the restored state.</summary>
    private static async Task<RunningShop> KilledAsync(Func<RunningShop, Task>? before = null)
    {
        var shop = await RunningShop.CreateAsync();
        if (before is not null) await before(shop);
        shop.Shop.Configure("normal", delay: 15_000, greeting: "old");
        await shop.RunAsync("backup");
        await shop.ChangeAsync();
        var process = shop.Shop.ProcessId;
        await using var restore = shop.Holdfast.Start("restore", "--yes", "--config", shop.Manifest);
        await Conditions.Eventually("the new process is there", () => shop.Shop.ProcessId is { } now && now != process);
        restore.Kill();
        await restore.WaitForExitAsync();
        return shop;
    }
}
