using FsCheck;
using FsCheck.Fluent;
using Holdfast.Restic.Format;
using Holdfast.Restic.Pruning;
using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.Tests.Restic.Pruning;

public sealed class PruneProperties
{
    /// <summary>Histories: each backup saves some of twenty pieces, knowing what is there or not; then some snapshots are forgotten.</summary>
    [Fact]
    public void Whatever_was_saved_and_forgotten_the_rest_is_sound_complete_and_without_waste()
    {
        var backup = from pieces in Gen.ListOf(Gen.Choose(1, 20))
                     from knows in Gen.Elements(true, false)
                     from stays in Gen.Elements(true, false)
                     select new Backup([.. pieces.Distinct()], knows, stays);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(40),
            Prop.ForAll(Arb.From(Gen.ListOf(backup).Resize(8)), backups => KeepsAsync([.. backups]).GetAwaiter().GetResult()));
    }

    private static async Task KeepsAsync(IReadOnlyList<Backup> backups)
    {
        using var sample = await SampleRepository.CreateAsync();
        var used = new HashSet<int>();
        foreach (var (backup, day) in backups.Select((backup, day) => (backup, day + 1)))
        {
            var contents = backup.Pieces.Select(piece => Pruned.Content(piece, 100 * piece)).ToArray();
            IReadOnlyList<Id> ids = backup.Knows ? await sample.SaveBlobsAsync(BlobType.Data, contents) : await Pruned.SaveAgainAsync(sample.Repository, contents);
            Node[] files = [.. backup.Pieces.Select((piece, i) => SampleRepository.File($"{piece:00}", (ulong)(100 * piece), ids[i])).OrderBy(file => Convert.ToHexString(file.Name.Span), StringComparer.Ordinal)];
            var snapshot = await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(files), day);
            if (backup.Stays) used.UnionWith(backup.Pieces);
            else await Pruned.ForgetAsync(sample.Repository, snapshot);
        }

        var kept = await Pruned.ReadEverythingAsync(sample.Repository);

        await Pruned.RunAsync(sample.Repository);

        await Pruned.ExpectSoundAsync(sample.Repository);
        Assert.Equivalent(kept, await Pruned.ReadEverythingAsync(sample.Repository), strict: true);
        var plan = await Pruned.PlanAsync(sample.Repository);
        Assert.True(plan.IsEmpty, $"{plan}");
        Assert.Equal(0, plan.UnusedBytes);
        var index = await sample.Repository.LoadIndexAsync(TestContext.Current.CancellationToken);
        var trees = backups.Where(backup => backup.Stays).Select(backup => string.Join(',', backup.Pieces.Order())).Distinct().Count();
        Assert.Equal(used.Count + trees, index.Count);
    }

    private sealed record Backup(IReadOnlyList<int> Pieces, bool Knows, bool Stays);
}
