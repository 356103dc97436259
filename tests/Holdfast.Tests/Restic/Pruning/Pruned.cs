using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Pruning;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Pruning;

/// <summary>What tests of pruning do again and again.</summary>
internal static class Pruned
{
    /// <summary>Nothing unused may stay.</summary>
    public static readonly PruneOptions Thorough = new() { MaximumUnused = new UnusedLimit.Bytes(0) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<PrunePlan> PlanAsync(Repository repository, PruneOptions? options = null) =>
        new PrunePlanner(repository, options ?? Thorough).PlanAsync(Token);

    public static async Task<(PrunePlan Plan, PruneResult Result)> RunAsync(Repository repository, PruneOptions? options = null)
    {
        await using var held = await RepositoryLock.BeginAsync(repository, exclusive: true, SampleRepository.Client, TimeProvider.System, Token);
        var plan = await PlanAsync(repository, options);
        return (plan, await new PruneRun(repository, plan, options ?? Thorough, held, TimeProvider.System).ExecuteAsync(Token));
    }

    /// <summary>Everything that is left is sound and every byte of it is good.</summary>
    public static async Task ExpectSoundAsync(Repository repository, bool allowHints = false)
    {
        var result = await new RepositoryCheck(repository, new CheckOptions { ReadData = true }).ExecuteAsync(Token);
        Assert.Equal([], result.Findings.Where(finding => !allowHints || finding.Severity != CheckSeverity.Hint).Select(finding => $"{finding.Subject} {finding.Message}"));
    }

    public static async Task<long> PackBytesAsync(Repository repository) => (await repository.ListAsync(FileType.Pack, Token)).Sum(file => file.Size);

    /// <summary>Saves content as a writer that knows nothing of what is there, so that there are copies.</summary>
    public static async Task<Id[]> SaveAgainAsync(Repository repository, params byte[][] contents)
    {
        await using var writer = new BlobWriter(repository, new BlobIndex(), TimeProvider.System, Task.CompletedTask);
        var ids = new List<Id>();
        foreach (var content in contents) ids.Add((await writer.SaveAsync(BlobType.Data, content, Token)).Id);
        await writer.FlushAsync(Token);
        return [.. ids];
    }

    public static byte[] Content(int seed, int size = 3000) => SyntheticTree.RandomBytes(seed, size);

    public static async Task ForgetAsync(Repository repository, Id snapshot) =>
        await repository.Backend.DeleteAsync(new FileHandle(FileType.Snapshot, snapshot), Token);

    /// <summary>The content of every file of every snapshot, by path.</summary>
    public static async Task<IReadOnlyDictionary<string, byte[]>> ReadEverythingAsync(Repository repository)
    {
        var snapshots = await SnapshotFiles.LoadAllAsync(repository, Token);
        var reader = new BlobReader(repository, await repository.LoadIndexAsync(Token));
        var found = new Dictionary<string, byte[]>();
        foreach (var snapshot in snapshots.Readable)
        {
            foreach (var node in await reader.ReadTreeAsync(snapshot.Snapshot.Tree, Token))
            {
                var content = new List<byte>();
                foreach (var id in node.Content ?? []) content.AddRange(await reader.ReadAsync(new BlobHandle(BlobType.Data, id), Token));
                found[$"{snapshot.Id.Short} {GoQuoting.Quote(node.Name.Span)}"] = [.. content];
            }
        }

        return found;
    }
}
