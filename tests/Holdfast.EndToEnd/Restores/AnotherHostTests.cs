using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>The application in another folder than when it was saved, as after a move to another host.</summary>
public sealed class AnotherHostTests : IAsyncLifetime
{
    private Workplace _place = null!;

    private string Elsewhere => _place["elsewhere"];

    private string OldManifest => Path.Combine(_place.Application, "holdfast.yaml");

    public async ValueTask InitializeAsync()
    {
        _place = await Workplace.CreateAsync();
        _place.Database("data.db");
        _place.Write("app.conf", "greeting: hello");
        _place.Write("holdfast.yaml", Manifest);
        await _place.Holdfast.RunAsync("backup", "--config", OldManifest);
        Directory.CreateDirectory(Elsewhere);
    }

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    private string Manifest => $"application: shop\ndatabases: {{ main: {{ sqlite: data.db }} }}\nfiles: {{ config: [app.conf] }}\nrepositories: {{ local: {{ path: \"{_place.Repository}\" }} }}\n";

    [Fact]
    public async Task With_a_manifest_there_everything_goes_below_its_root_and_the_manifest_stays()
    {
        var mine = Manifest + "# of the new host\n";
        await File.WriteAllTextAsync(Path.Combine(Elsewhere, "holdfast.yaml"), mine, TestContext.Current.CancellationToken);
        using (var connection = Workplace.Connect(_place["application", "data.db"])) connection.Execute("delete from people");

        var restored = await _place.Holdfast.RunAsync("restore", "--yes", "--config", Path.Combine(Elsewhere, "holdfast.yaml"));

        Assert.Contains($"what was in \"{_place.Application}\" goes to \"{Elsewhere}\"", restored.Error, StringComparison.Ordinal);
        Assert.Equal("2", Workplace.Ask(Path.Combine(Elsewhere, "data.db"), "select count(*) from people"));
        Assert.Equal("greeting: hello", await File.ReadAllTextAsync(Path.Combine(Elsewhere, "app.conf"), TestContext.Current.CancellationToken));
        Assert.Equal(mine, await File.ReadAllTextAsync(Path.Combine(Elsewhere, "holdfast.yaml"), TestContext.Current.CancellationToken));
        Assert.Equal("0", Workplace.Ask(_place["application", "data.db"], "select count(*) from people"));
    }

    [Fact]
    public async Task Without_one_root_says_where_and_the_manifest_comes_along()
    {
        await _place.Holdfast.RunAsync("restore", "latest", "--root", Elsewhere, "--yes");

        Assert.Equal("2", Workplace.Ask(Path.Combine(Elsewhere, "data.db"), "select count(*) from people"));
        Assert.Equal(Manifest, await File.ReadAllTextAsync(Path.Combine(Elsewhere, "holdfast.yaml"), TestContext.Current.CancellationToken));
        await _place.Holdfast.RunAsync("backup", "--config", Path.Combine(Elsewhere, "holdfast.yaml"));
    }

    [Fact]
    public async Task From_an_archive_it_needs_no_repository_where_nothing_is_replaced()
    {
        var archive = _place["shop.tar.gz"];
        await _place.Holdfast.RunAsync("backup", "--config", OldManifest, "--output", archive);
        using var fresh = new HoldfastProgram(repository: null, passphrase: null);

        await fresh.RunAsync("restore", "--input", archive, "--root", Elsewhere, "--yes");
        Assert.Equal("2", Workplace.Ask(Path.Combine(Elsewhere, "data.db"), "select count(*) from people"));

        await File.WriteAllTextAsync(Path.Combine(Elsewhere, "app.conf"), "changed", TestContext.Current.CancellationToken);
        var refused = (await fresh.TryRunAsync("restore", "--input", archive, "--root", Elsewhere, "--yes")).Expect(2);
        Assert.Contains("no repository to save that into", refused.Error, StringComparison.Ordinal);
        Assert.Equal("changed", await File.ReadAllTextAsync(Path.Combine(Elsewhere, "app.conf"), TestContext.Current.CancellationToken));
    }
}
