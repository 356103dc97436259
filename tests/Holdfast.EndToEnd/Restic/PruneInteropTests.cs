using System.Globalization;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restic;

/// <summary>Prune by our program on repositories that both programs have written, beside the real restic's on a copy.</summary>
public sealed class PruneInteropTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Frees_as_much_as_restic_and_both_find_the_rest_sound(int version)
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"], version);
        using var program = new HoldfastProgram(_temp["repository"], OwnRepository.Passphrase);
        var tree = new SyntheticTree(_temp.CreateDirectory("tree"));
        for (var turn = 0; turn < 6; turn++)
        {
            for (var file = turn; file < turn + 5; file++) tree.File(string.Create(CultureInfo.InvariantCulture, $"file {file % 8}"), SyntheticTree.RandomBytes((10 * turn) + file, 400_000));
            if (turn % 2 == 0) await repository.BackUpAsync(tree.Root);
            else await repository.Restic.RunAsync("backup", tree.Root);
        }

        await repository.Restic.RunAsync("forget", "--keep-last", "2", "--group-by", "");
        (await RunningProcess.RunAsync("cp", ["-a", _temp["repository"], _temp["copy"]])).Expect(0);
        await ResticProgram.On(_temp["copy"], OwnRepository.Passphrase).RunAsync("prune", "--max-unused", "0");

        var plan = (await program.RunAsync("prune", "--dry-run", "--max-unused", "0", "--json")).Json();
        var done = (await program.RunAsync("prune", "--max-unused", "0", "--json")).Json();

        Assert.True(plan.GetProperty("dry_run").GetBoolean());
        Assert.Equal(plan.GetProperty("freed_bytes").GetInt64(), done.GetProperty("freed_bytes").GetInt64());
        Assert.True(done.GetProperty("freed_bytes").GetInt64() > 2_000_000);
        await repository.ExpectSoundAsync();
        Assert.InRange(PackBytes("repository") / (double)PackBytes("copy"), 0.95, 1.05);
        foreach (var snapshot in await repository.SnapshotsAsync())
        {
            await repository.Restic.RunAsync("restore", snapshot.Id.ToString(), "--target", _temp[$"restored-{snapshot.Id.Short}"]);
        }

        SameFiles.Expect(tree.Root, _temp[$"restored-{(await repository.SnapshotsAsync())[^1].Id.Short}"] + tree.Root);
        Assert.Contains("there is nothing to do", (await program.RunAsync("prune", "--max-unused", "0")).Output, StringComparison.Ordinal);
        var restic = await repository.Restic.RunAsync("prune", "--dry-run", "--max-unused", "0");
        Assert.Matches(@"total prune: +0 blobs", restic.Output);
    }

    [Fact]
    public async Task Is_kept_out_by_a_backup_and_is_an_operation_of_the_journal()
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"]);
        using var program = new HoldfastProgram(_temp["repository"], OwnRepository.Passphrase);
        await using (await Holdfast.Restic.Locks.RepositoryLock.AcquireAsync(repository.Repository, exclusive: false, OwnRepository.Identity, TimeProvider.System, TestContext.Current.CancellationToken))
        {
            var locked = await program.TryRunAsync("prune");
            Assert.Equal(11, locked.ExitCode);
        }

        await program.RunAsync("prune");

        var list = (await program.RunAsync("operations", "list", "--json")).Json();
        Assert.Equal(["prune done", "prune failed"], list.EnumerateArray().Select(entry => $"{entry.GetProperty("kind")} {entry.GetProperty("state")}"));
        Assert.Equal(2, (await program.TryRunAsync("prune", "--max-unused", "much")).ExitCode);
        Assert.Equal(2, (await program.TryRunAsync("prune", "--max-repack-size", "-1")).ExitCode);
    }

    private long PackBytes(string repository) =>
        new DirectoryInfo(Path.Combine(_temp[repository], "data")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
