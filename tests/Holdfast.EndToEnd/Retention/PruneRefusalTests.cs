using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Retention;

/// <summary>What prune of the real program does not remove.</summary>
public sealed class PruneRefusalTests : WorkplaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Snapshots => Path.Combine(Place.Repository, "snapshots");

    private int Packs => Directory.GetFiles(Path.Combine(Place.Repository, "data"), "*", SearchOption.AllDirectories).Length;

    [Fact]
    public async Task A_folder_of_snapshots_that_was_moved_away_costs_nothing()
    {
        Place.Write("a", "content");
        await Place.BackUpAsync();
        var packs = Packs;
        Directory.Move(Snapshots, Place["moved"]);

        (await Place.JsonAsync(1, "prune", "--no-snapshots", "--remove-proven")).ExpectFailure(1, "no folder snapshots");
        Assert.Contains("no folder snapshots", (await Place.Holdfast.TryRunAsync("check")).Expect(1).Output, StringComparison.Ordinal);

        Assert.Equal(packs, Packs);
        Directory.Move(Place["moved"], Snapshots);
        await Place.Holdfast.RunAsync("check", "--read-data");
        await Place.Holdfast.RunAsync("prune");
    }

    [Fact]
    public async Task Without_snapshots_the_content_goes_only_when_that_is_said()
    {
        Place.Write("a", "content");
        var id = await Place.BackUpAsync();
        File.Delete(Path.Combine(Snapshots, id));
        var packs = Packs;

        (await Place.JsonAsync(1, "prune")).ExpectFailure(1, "no snapshot");
        Assert.Equal(packs, Packs);
        await Place.Holdfast.RunAsync("prune", "--no-snapshots");
        Assert.Equal(0, Packs);
    }

    [Fact]
    public async Task What_was_proven_last_goes_only_when_that_is_said()
    {
        Place.Database("main.db");
        var manifest = Place.Write("holdfast.yaml", $"application: shop\ndatabases: {{ main: {{ sqlite: main.db }} }}\nrepositories: {{ local: {{ path: {Place.Repository} }} }}\n");
        var proven = (await Place.JsonAsync(0, "--config", manifest, "backup", "--drill")).GetProperty("snapshot_id").GetString()!;
        Place.Database("other.db", "create table t(x)");
        await Place.BackUpAsync(Place.Application);
        await Place.Holdfast.RunAsync("prune");
        // Somebody else takes it, as a restic on another machine does that knows nothing of proofs.
        File.Delete(Path.Combine(Snapshots, proven));
        var packs = Packs;

        (await Place.JsonAsync(1, "prune", "--max-unused", "0")).ExpectFailure(1, "was proven here");
        (await Place.JsonAsync(1, "prune", "--max-unused", "0", "--dry-run")).ExpectFailure(1, $"{proven[..8]}");
        Assert.Equal(packs, Packs);
        await Place.Holdfast.RunAsync("prune", "--max-unused", "0", "--remove-proven");
        await Place.Holdfast.RunAsync("prune", "--max-unused", "0");
        await Place.Holdfast.RunAsync("check", "--read-data");
    }

    [Fact]
    public async Task A_backup_whose_lock_was_removed_and_under_which_somebody_pruned_fails_and_can_be_made_again()
    {
        Place.WriteRandom("a", 1, 20_000_000);
        Place.Write("first", "so that there is something to keep");
        await Place.BackUpAsync(Path.Combine(Place.Application, "first"));
        // The program before the backup is not under the lock; the one that reads the version is.
        var (reached, go) = (Place["reached"], Place["go"]);
        Place.Database("main.db");
        var manifest = Place.Write(
            "holdfast.yaml",
            $"""
            application: shop
            databases: {"{"} main: {"{"} sqlite: main.db {"}"} {"}"}
            files: {"{"} all: [a] {"}"}
            version: {"{"} command: [sh, -c, "touch {reached}; while [ ! -e {go} ]; do sleep 0.05; done; echo 1"] {"}"}
            repositories: {"{"} local: {"{"} path: {Place.Repository} {"}"} {"}"}
            """);
        await using var backup = Place.Holdfast.Start("--config", manifest, "backup");
        await Conditions.Eventually("the backup is under its lock", () => File.Exists(reached) || backup.HasExited);
        await Place.Holdfast.RunAsync("unlock", "--remove-all");
        await Place.Holdfast.RunAsync("prune");
        await File.WriteAllTextAsync(go, string.Empty, Token);

        var ended = (await backup.WaitForExitAsync()).Expect(1);

        Assert.Contains("removed the repository's lock", ended.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Snapshots));
        await Place.Holdfast.RunAsync("--config", manifest, "backup");
        await Place.Holdfast.RunAsync("check", "--read-data");
    }
}
