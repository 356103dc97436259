using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Engine.Verification;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Verification;

public sealed class RotatingCheckTests : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromDays(2);

    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Remembers_what_was_read_and_drops_what_is_gone()
    {
        using var sample = await MakeAsync();
        using var state = LocalState.Open(FilePath.From(_temp["state"]));
        var records = new PackRecords(state, sample.Repository.Config.Id, "/here");
        var all = await new RotatingCheck(sample.Repository, records, null, TimeProvider.System, _ => { }).ExecuteAsync(new CheckOptions(), Token);

        Assert.Null(all.Coverage);
        Assert.Equal(await PacksAsync(sample), Verified(records));
        Assert.Empty(new PackRecords(state, sample.Repository.Config.Id, "/elsewhere").Load());

        var gone = (await sample.FilesAsync(FileType.Pack))[0];
        await sample.Backend.DeleteAsync(gone, Token);
        var (_, coverage) = await new RotatingCheck(sample.Repository, records, Period, TimeProvider.System, _ => { }).ExecuteAsync(new CheckOptions(), Token);
        Assert.Equal((3, 3), (coverage!.Packs, coverage.VerifiedPacks));
        Assert.DoesNotContain(gone.Id, records.Load().Keys);
    }

    [Fact]
    public async Task Reads_a_part_and_says_how_much_is_verified()
    {
        using var sample = await MakeAsync();
        using var state = LocalState.Open(FilePath.From(_temp["state"]));
        var records = new PackRecords(state, sample.Repository.Config.Id, "/here");

        var (result, coverage) = await new RotatingCheck(sample.Repository, records, Period, TimeProvider.System, _ => { }).ExecuteAsync(new CheckOptions(), Token);

        Assert.InRange(coverage!.VerifiedPacks, 1, 3);
        Assert.Equal(4, coverage.Packs);
        Assert.Equal(result.BytesRead, coverage.VerifiedBytes);
        Assert.Equal(coverage.VerifiedPacks, Verified(records).Count);
    }

    [Fact]
    public async Task A_damaged_pack_is_not_verified_any_more()
    {
        using var sample = await MakeAsync();
        using var state = LocalState.Open(FilePath.From(_temp["state"]));
        var records = new PackRecords(state, sample.Repository.Config.Id, "/here");
        await new RotatingCheck(sample.Repository, records, null, TimeProvider.System, _ => { }).ExecuteAsync(new CheckOptions(), Token);
        var hurt = (await sample.FilesAsync(FileType.Pack))[0];
        await sample.FlipAsync(hurt, 10);

        var (result, _) = await new RotatingCheck(sample.Repository, records, null, TimeProvider.System, _ => { }).ExecuteAsync(new CheckOptions(), Token);

        Assert.True(result.HasErrors);
        Assert.DoesNotContain(hurt.Id, Verified(records));
        Assert.Equal(3, Verified(records).Count);
    }

    [Fact]
    public async Task An_interrupted_run_keeps_what_it_did()
    {
        using var sample = await MakeAsync();
        using var state = LocalState.Open(FilePath.From(_temp["state"]));
        var records = new PackRecords(state, sample.Repository.Config.Id, "/here");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var read = 0;
        var options = new CheckOptions
        {
            Workers = 1,
            BytesRead = _ =>
            {
                if (++read == 3) stop.Cancel();
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new RotatingCheck(sample.Repository, records, null, TimeProvider.System, _ => { }).ExecuteAsync(options, stop.Token));

        Assert.Equal(3, Verified(records).Count);
    }

    private static List<Id> Verified(PackRecords records) =>
        [.. records.Load().Where(record => record.Value.Verified is not null).Select(record => record.Key).Order()];

    private static async Task<List<Id>> PacksAsync(SampleRepository sample) => [.. (await sample.FilesAsync(FileType.Pack)).Select(file => file.Id).Order()];

    private static async Task<SampleRepository> MakeAsync()
    {
        var sample = await SampleRepository.CreateAsync();
        var first = await sample.SaveBlobsAsync(BlobType.Data, SyntheticTree.RandomBytes(1, 3000));
        await sample.SaveBlobsAsync(BlobType.Data, SyntheticTree.RandomBytes(2, 3000));
        await sample.SaveBlobsAsync(BlobType.Data, SyntheticTree.RandomBytes(3, 3000));
        await sample.SaveSnapshotAsync(await sample.SaveTreeAsync(SampleRepository.File("a", 3000, first[0])));
        return sample;
    }
}
