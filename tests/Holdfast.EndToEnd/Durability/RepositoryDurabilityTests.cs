using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Durability;

/// <summary>A power cut at any instant of an init or a backup: what refers to something is on the disk after what it refers to.</summary>
public sealed class RepositoryDurabilityTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Init_makes_folders_and_key_durable_before_the_config_that_makes_it_a_repository()
    {
        var repository = _temp["new/deeper/repository"];
        using var program = new HoldfastProgram(repository);

        var trace = await FileCallTrace.OfAsync(program, null, "init");

        var key = Assert.Single(trace.RenamesTo(path => IsBelow(path, repository, "keys")));
        var config = Assert.Single(trace.RenamesTo(path => path == repository + "/config"));
        trace.ExpectContentDurable(key, key);
        trace.ExpectContentDurable(config, config);
        trace.ExpectNamesDurable(_temp.Path, config);
        trace.ExpectNameDurable(config, trace.Exit);
    }

    [Fact]
    public async Task Backup_makes_packs_durable_before_the_index_and_the_index_before_the_snapshot_and_that_before_it_ends()
    {
        var (repository, application) = (_temp["repository"], _temp["app"]);
        using var program = new HoldfastProgram(repository);
        // Enough for several packs, written at the same time.
        Directory.CreateDirectory(application);
        foreach (var seed in new[] { 1, 2 }) await File.WriteAllBytesAsync($"{application}/{seed}", SyntheticTree.RandomBytes(seed, 10 << 20), TestContext.Current.CancellationToken);
        await program.RunAsync("init");
        // As in a repository of another program, which makes these only when it needs them.
        foreach (var folder in Directory.GetDirectories(Path.Combine(repository, "data"))) Directory.Delete(folder);

        var trace = await FileCallTrace.OfAsync(program, null, "backup", application);

        var packs = trace.RenamesTo(path => IsBelow(path, repository, "data"));
        var indexes = trace.RenamesTo(path => IsBelow(path, repository, "index"));
        var snapshot = Assert.Single(trace.RenamesTo(path => IsBelow(path, repository, "snapshots")));
        Assert.InRange(packs.Count, 3, 10);
        Assert.NotEmpty(indexes);
        foreach (var file in packs.Concat(indexes).Append(snapshot)) trace.ExpectContentDurable(file, file);
        trace.ExpectNamesDurable(repository + "/data", indexes[0]);
        foreach (var index in indexes) trace.ExpectNameDurable(index, snapshot);
        trace.ExpectNameDurable(snapshot, trace.Exit);
        // Nothing gets its final name in another way.
        var created = trace.Calls.Where(call => call.IsCreation && call.Paths[0].StartsWith(repository + "/", StringComparison.Ordinal));
        Assert.All(created, call => Assert.Contains("-tmp-", call.Paths[0], StringComparison.Ordinal));
    }

    private static bool IsBelow(string path, string repository, string folder) => path.StartsWith($"{repository}/{folder}/", StringComparison.Ordinal);
}
