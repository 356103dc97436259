using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.S3;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Holdfast.Testing.Swift;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.S3;

/// <summary>The real restic on the same bucket. It speaks to this server through TLS only: see <see cref="SwiftServer"/>.</summary>
public sealed class S3ResticTests(SharedSwiftServer shared)
{
    private const string Passphrase = "secret";

    private readonly string _bucket = SwiftServer.NewBucket();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restic_reads_what_is_written_here()
    {
        var server = await shared.GetAsync();
        await using var front = new TlsFront(server.Endpoint);
        using var backend = Open(server);
        using (var repository = await Repository.InitializeAsync(
            backend, "secret"u8.ToArray(), SampleRepository.CheapOptions(), SampleRepository.Client, TimeProvider.System, Token))
        {
            await using var writer = new BlobWriter(repository, await repository.LoadIndexAsync(Token), TimeProvider.System, Task.CompletedTask);
            var content = SyntheticTree.RandomBytes(5, 3_000_000);
            var data = (await writer.SaveAsync(BlobType.Data, content, Token)).Id;
            var tree = (await writer.SaveAsync(
                BlobType.Tree, TreeSerializer.Serialize([SampleRepository.File("file", (ulong)content.Length, data)]), Token)).Id;
            await writer.FlushAsync(Token);
            var snapshot = new Snapshot { Time = Timestamp.Parse("2026-01-01T00:00:00Z"), Tree = tree, Paths = ["/"], Hostname = "host" };
            await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), Token);
        }

        var restic = Restic(front);
        await restic.RunAsync("--cacert", front.AuthorityFile, "check", "--read-data");
        var dumped = await restic.RunAsync("--cacert", front.AuthorityFile, "dump", "latest", "/file");
        Assert.Equal(SyntheticTree.RandomBytes(5, 3_000_000), dumped.OutputBytes);
        Assert.Empty(await ListAsync(backend, FileType.Lock));
    }

    [Fact]
    public async Task Reads_what_restic_writes()
    {
        var server = await shared.GetAsync();
        await using var front = new TlsFront(server.Endpoint);
        using var directory = new TempDirectory();
        directory.WriteFile("folder/file", "content");
        var restic = Restic(front);
        await restic.RunAsync("--cacert", front.AuthorityFile, "init");
        await restic.RunAsync("--cacert", front.AuthorityFile, "backup", directory);
        using var backend = Open(server);

        using var repository = await Repository.OpenAsync(backend, "secret"u8.ToArray(), Token);
        var result = await new RepositoryCheck(repository, new CheckOptions { ReadData = true }).ExecuteAsync(Token);

        Assert.Empty(result.Findings);
        Assert.Single(await ListAsync(backend, FileType.Snapshot));
        Assert.NotEmpty(await ListAsync(backend, FileType.Pack));
    }

    private static async Task<List<StoredFile>> ListAsync(S3Backend backend, FileType type)
    {
        var files = new List<StoredFile>();
        await foreach (var file in backend.ListAsync(type, Token)) files.Add(file);
        return files;
    }

    private ResticProgram Restic(TlsFront front) => ResticProgram.On($"s3:{front.Endpoint.GetLeftPart(UriPartial.Authority)}/{_bucket}/some/where", Passphrase)
        .With("AWS_ACCESS_KEY_ID", SwiftServer.Full.AccessKey)
        .With("AWS_SECRET_ACCESS_KEY", SwiftServer.Full.SecretKey);

    private S3Backend Open(SwiftServer server) => new(
        new S3Options
        {
            Endpoint = server.Endpoint,
            Bucket = _bucket,
            Prefix = "some/where",
            Credentials = new S3Credentials(SwiftServer.Full.AccessKey, SwiftServer.Full.SecretKey),
        },
        TimeProvider.System);
}
