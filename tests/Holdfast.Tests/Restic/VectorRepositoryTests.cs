using System.Text;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.Tests.Restic;

public sealed class VectorRepositoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repository_by_restic_opens_and_reads_down_to_the_content_of_its_file()
    {
        using var repository = await Repository.OpenAsync(await VectorRepository.CreateAsync(), Encoding.UTF8.GetBytes(VectorRepository.Passphrase), Token);

        Assert.Equal((2, "4a0bc033ad302376dd6329dff185b41dfb2e59dc0812d4c1630bf5c775756920"), (repository.Config.Version, repository.Config.Id.ToString()));
        Assert.Equal("2bb4c67eb40c85", repository.Config.ChunkerPolynomial.ToString());
        var snapshot = Assert.Single((await SnapshotFiles.LoadAllAsync(repository, Token)).Readable);
        Assert.Equal(VectorRepository.SnapshotId, snapshot.Id.ToString());
        Assert.Equal(["/example/docs/hello.txt"], snapshot.Snapshot.Paths);
        Assert.Equal(VectorRepository.Tree, snapshot.Snapshot.Tree.ToString());
        var reader = new BlobReader(repository, await repository.LoadIndexAsync(Token));
        var docs = Assert.Single(await reader.ReadTreeAsync(snapshot.Snapshot.Tree, Token));
        Assert.Equal(("docs", VectorRepository.Docs), (Encoding.UTF8.GetString(docs.Name.Span), docs.Subtree.ToString()));
        var file = Assert.Single(await reader.ReadTreeAsync(docs.Subtree!.Value, Token));
        Assert.Equal("hello restic\n"u8.ToArray(), await reader.ReadAsync(new BlobHandle(BlobType.Data, Assert.Single(file.Content!)), Token));
        Assert.Null(file.LinkTarget);
    }

    [Fact]
    public async Task A_repository_by_restic_passes_the_check()
    {
        using var repository = await Repository.OpenAsync(await VectorRepository.CreateAsync(), Encoding.UTF8.GetBytes(VectorRepository.Passphrase), Token);

        var result = await new RepositoryCheck(repository, new CheckOptions { ReadData = true }).ExecuteAsync(Token);

        Assert.Empty(result.Findings);
        Assert.Equal((2, 3, 771L), (result.Trees, result.Blobs, result.BytesRead));
    }

    [Fact]
    public async Task A_file_that_was_never_stored_is_not_found()
    {
        using var repository = await Repository.OpenAsync(await VectorRepository.CreateAsync(), Encoding.UTF8.GetBytes(VectorRepository.Passphrase), Token);
        var reader = new BlobReader(repository, await repository.LoadIndexAsync(Token));

        // The same ID as data is another blob than as tree.
        await Failing.ThrowsAsync(Holdfast.Restic.Failures.FailureKind.NotFound, () => reader.ReadAsync(new BlobHandle(BlobType.Tree, Id.Parse(VectorRepository.Hello)), Token));
        await Failing.ThrowsAsync(
            Holdfast.Restic.Failures.FailureKind.NotFound, () => repository.LoadDocumentAsync(new FileHandle(FileType.Snapshot, Id.Of([1])), Token));
    }
}
