using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>The application in another folder than when it was saved, as after a move to another host.</summary>
public sealed class AnotherHostTests : WorkplaceTests
{
    private string Elsewhere => Place["elsewhere"];

    private string OldManifest => Path.Combine(Place.Application, "holdfast.yaml");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Place.Database("data.db");
        Place.Write("app.conf", "greeting: hello");
        Place.Write("holdfast.yaml", Manifest);
        await Place.Holdfast.RunAsync("backup", "--config", OldManifest);
        Directory.CreateDirectory(Elsewhere);
    }

    private string Manifest => $"application: shop\ndatabases: {{ main: {{ sqlite: data.db }} }}\nfiles: {{ config: [app.conf] }}\nrepositories: {{ local: {{ path: \"{Place.Repository}\" }} }}\n";

    [Fact]
    public async Task With_a_manifest_there_everything_goes_below_its_root_and_the_manifest_stays()
    {
        var mine = Manifest + "# of the new host\n";
        await File.WriteAllTextAsync(Path.Combine(Elsewhere, "holdfast.yaml"), mine, TestContext.Current.CancellationToken);
        using (var connection = Workplace.Connect(Place["application", "data.db"])) connection.Execute("delete from people");

        var restored = await Place.Holdfast.RunAsync("restore", "--yes", "--config", Path.Combine(Elsewhere, "holdfast.yaml"));

        Assert.Contains($"what was in \"{Place.Application}\" goes to \"{Elsewhere}\"", restored.Error, StringComparison.Ordinal);
        Assert.Equal("2", Workplace.Ask(Path.Combine(Elsewhere, "data.db"), "select count(*) from people"));
        Assert.Equal("greeting: hello", await File.ReadAllTextAsync(Path.Combine(Elsewhere, "app.conf"), TestContext.Current.CancellationToken));
        Assert.Equal(mine, await File.ReadAllTextAsync(Path.Combine(Elsewhere, "holdfast.yaml"), TestContext.Current.CancellationToken));
        Assert.Equal("0", Workplace.Ask(Place["application", "data.db"], "select count(*) from people"));
    }

    [Fact]
    public async Task Two_applications_of_one_name_are_not_taken_for_each_other()
    {
        var theirs = Path.Combine(Elsewhere, "holdfast.yaml");
        await File.WriteAllTextAsync(theirs, Manifest, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Elsewhere, "app.conf"), "greeting: theirs", TestContext.Current.CancellationToken);
        using (var connection = Workplace.Connect(Path.Combine(Elsewhere, "data.db"))) connection.Execute("create table t(x)");
        var newest = (await Place.JsonAsync(0, "backup", "--config", theirs)).Text("snapshot_id");

        var mine = await Place.Holdfast.RunAsync("restore", "--yes", "--config", OldManifest);

        Assert.Contains($"{newest[..8]}", mine.Error, StringComparison.Ordinal);
        Assert.Contains("passed over", mine.Error, StringComparison.Ordinal);
        Assert.Equal("greeting: hello", await File.ReadAllTextAsync(Place["application", "app.conf"], TestContext.Current.CancellationToken));
        var third = Place["third"];
        Directory.CreateDirectory(third);
        var refused = (await Place.Holdfast.TryRunAsync("restore", "--yes", "--config", await CopyAsync(third))).Expect(2);
        Assert.Contains($":{Place.Application}", refused.Error, StringComparison.Ordinal);
        Assert.Contains($":{Elsewhere}", refused.Error, StringComparison.Ordinal);
        var planned = await Place.Holdfast.RunAsync("restore", newest, "--dry-run", "--config", Path.Combine(third, "holdfast.yaml"));
        Assert.Contains($"from     {Environment.MachineName}:{Elsewhere}", planned.Output, StringComparison.Ordinal);
    }

    private async Task<string> CopyAsync(string folder)
    {
        var path = Path.Combine(folder, "holdfast.yaml");
        await File.WriteAllTextAsync(path, Manifest, TestContext.Current.CancellationToken);
        return path;
    }

    [Fact]
    public async Task Without_one_root_says_where_and_the_manifest_comes_along()
    {
        await Place.Holdfast.RunAsync("restore", "latest", "--root", Elsewhere, "--yes");

        Assert.Equal("2", Workplace.Ask(Path.Combine(Elsewhere, "data.db"), "select count(*) from people"));
        Assert.Equal(Manifest, await File.ReadAllTextAsync(Path.Combine(Elsewhere, "holdfast.yaml"), TestContext.Current.CancellationToken));
        await Place.Holdfast.RunAsync("backup", "--config", Path.Combine(Elsewhere, "holdfast.yaml"));
    }

    [Fact]
    public async Task A_manifest_that_still_names_the_old_root_is_told_loudly()
    {
        await File.WriteAllTextAsync(OldManifest, $"root: \"{Place.Application}\"\n" + Manifest, TestContext.Current.CancellationToken);
        await Place.Holdfast.RunAsync("backup", "--config", OldManifest);

        var restored = await Place.Holdfast.RunAsync("restore", "latest", "--root", Elsewhere, "--yes", "--quiet");

        Assert.Contains($"warning: \"{Path.Combine(Elsewhere, "holdfast.yaml")}\" still names the root \"{Place.Application}\"", restored.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_from_an_archive_leaves_nothing_in_the_repository()
    {
        var archive = Place["shop.tar.gz"];
        await Place.Holdfast.RunAsync("backup", "--config", OldManifest, "--output", archive);
        await File.WriteAllTextAsync(Place["application", "app.conf"], "changed", TestContext.Current.CancellationToken);
        var before = await SnapshotsAsync();

        var plan = await Place.JsonAsync(0, "restore", "--config", OldManifest, "--input", archive, "--dry-run");

        Assert.Contains(Place["application", "app.conf"], plan.Texts("replaced"));
        Assert.True(plan.GetProperty("safety_bytes").GetInt64() > 0);
        Assert.Equal(before, await SnapshotsAsync());
    }

    [Fact]
    public async Task A_plain_archive_needs_no_passphrase_though_the_manifest_names_one()
    {
        var archive = Place["shop.tar.gz"];
        await File.WriteAllTextAsync(OldManifest, Manifest + $"archives: {{ files: {{ folder: \"{Place["archives"]}\", format: db.gpg, prefix: shop, passphrase: {{ env: SHOP_SECRET }} }} }}\n", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Place["archives"]);
        var backup = (await Place.Holdfast.TryRunAsync("backup", "--config", OldManifest, "--output", archive)).Expect(3);

        await Place.Holdfast.RunAsync("verify", "--config", OldManifest, archive);
        await Place.Holdfast.RunAsync("import", "--config", OldManifest, archive);
        await Place.Holdfast.RunAsync("restore", "--config", OldManifest, "--input", archive, "--target", Place["target"]);

        Assert.Contains("\"SHOP_SECRET\" is not set", backup.Error, StringComparison.Ordinal);
        Assert.Contains("--archive-passphrase-file", backup.Error, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<string>> SnapshotsAsync() =>
        [.. (await Place.JsonAsync(0, "list")).EnumerateArray().Select(item => item.Text("id"))];

    [Fact]
    public async Task From_an_archive_it_needs_no_repository_where_nothing_is_replaced()
    {
        var archive = Place["shop.tar.gz"];
        await Place.Holdfast.RunAsync("backup", "--config", OldManifest, "--output", archive);
        using var fresh = new HoldfastProgram(repository: null, passphrase: null);

        var where = (await fresh.TryRunAsync("restore", "--input", archive, "--yes")).Expect(2);
        Assert.Contains($"it would replace \"{Place.Application}/", where.Error, StringComparison.Ordinal);
        Assert.Contains("--root DIR", where.Error, StringComparison.Ordinal);

        var restored = await fresh.RunAsync("restore", "--input", archive, "--root", Elsewhere, "--yes");
        Assert.Contains($"what was in \"{Place.Application}\" goes to \"{Elsewhere}\"", restored.Error, StringComparison.Ordinal);
        Assert.Equal("2", Workplace.Ask(Path.Combine(Elsewhere, "data.db"), "select count(*) from people"));

        await File.WriteAllTextAsync(Path.Combine(Elsewhere, "app.conf"), "changed", TestContext.Current.CancellationToken);
        Assert.Contains("next: this host has no key", restored.Output, StringComparison.Ordinal);
        var refused = (await fresh.TryRunAsync("restore", "--input", archive, "--root", Elsewhere, "--yes")).Expect(2);
        Assert.Contains("no repository to save that into", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--root", refused.Error, StringComparison.Ordinal);
        var tried = (await fresh.TryRunAsync("restore", "--input", archive, "--root", Elsewhere, "--dry-run")).Expect(1);
        Assert.Contains("no repository to save that into", tried.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("save  ", tried.Output, StringComparison.Ordinal);
        Assert.Contains("app.conf", tried.Output, StringComparison.Ordinal);
        Assert.Equal("changed", await File.ReadAllTextAsync(Path.Combine(Elsewhere, "app.conf"), TestContext.Current.CancellationToken));
    }
}
