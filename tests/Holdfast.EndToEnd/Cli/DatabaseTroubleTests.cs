using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Databases that cannot be saved as they should: loud, in part, and never proven.</summary>
public sealed class DatabaseTroubleTests : WorkplaceTests
{
    private string Shop => Path.Combine(Place.Application, "shop.db");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Place.Write("config", "content");
        Place.Write("holdfast.yaml", $$"""
            application: shop
            databases: { main: { sqlite: shop.db } }
            files: { config: [config] }
            repositories: { local: { path: {{Place.Repository}} } }
            """);
    }

    [Fact]
    public Task That_is_missing() => ExpectUnsavedAsync("does not exist");

    [Fact]
    public Task That_is_empty()
    {
        File.WriteAllBytes(Shop, []);
        return ExpectUnsavedAsync("is empty");
    }

    [Fact]
    public async Task That_looks_encrypted_is_saved_as_it_lies_there_and_never_proven()
    {
        Place.WriteRandom("shop.db", 1, 40_960);
        var saved = (await RunAsync("backup", "--json")).Expect(3);

        Assert.Contains("encrypted", Assert.Single(saved.Json().GetProperty("databases")[0].Texts("damage")), StringComparison.Ordinal);
        Assert.Contains("byte by byte", saved.Error, StringComparison.Ordinal);
        Assert.True((await RunAsync("show", saved.Json().Text("snapshot_id"), "--json")).Expect(0).Json().GetProperty("bytes").GetInt64() > 40_960);
        Assert.Contains("database main: saved byte by byte", (await RunAsync("backup")).Expect(3).Output, StringComparison.Ordinal);
        Assert.Contains(Shop, await Place.PathsAsync());
        await ExpectUnprovenAsync();
    }

    [Fact]
    public async Task That_another_process_locks_and_who_that_is()
    {
        Place.Database("shop.db");
        using var holder = Workplace.Connect(Shop);
        holder.Execute("pragma locking_mode=exclusive; begin exclusive; update people set name = 'x'");

        await ExpectUnsavedAsync($"({Environment.ProcessId})", "--wait", "1");
    }

    [Fact]
    public async Task That_is_damaged_is_saved_as_far_as_it_goes_and_never_proven()
    {
        Place.Database("shop.db", "create table people(name text); with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into people select 'a name of some length ' || i from n");
        using (var file = new FileStream(Shop, FileMode.Open))
        {
            file.Position = 3 * 4096;
            file.Write(SyntheticTree.RandomBytes(1, 4096));
        }

        var saved = (await RunAsync("backup", "--json")).Expect(3);

        Assert.Contains("damaged", saved.Error, StringComparison.Ordinal);
        Assert.NotEmpty(saved.Json().GetProperty("databases")[0].Texts("damage"));
        Assert.Contains(Shop, await Place.PathsAsync());
        await ExpectUnprovenAsync();
    }

    private async Task ExpectUnsavedAsync(string why, params string[] options)
    {
        var saved = (await RunAsync(["backup", "--json", .. options])).Expect(3);

        Assert.Contains(saved.Json().Texts("problems"), problem => problem.Contains("main", StringComparison.Ordinal) && problem.Contains(why, StringComparison.Ordinal));
        Assert.Contains(Shop, saved.Error, StringComparison.Ordinal);
        Assert.Contains(why, saved.Json().GetProperty("databases")[0].Text("missing"), StringComparison.Ordinal);
        Assert.Contains(Path.Combine(Place.Application, "config"), await Place.PathsAsync());
        await ExpectUnprovenAsync();
    }

    private async Task ExpectUnprovenAsync()
    {
        Assert.False((await RunAsync("drill", "--json")).Expect(1).Json().GetProperty("proven").GetBoolean());
        Assert.Contains("FAILED", (await RunAsync("list")).Expect(0).Output, StringComparison.Ordinal);
    }

    private Task<ProgramResult> RunAsync(params string[] arguments) => Place.Holdfast.TryRunInAsync(Place.Application, arguments);
}
