using System.Text;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.Tests.Restic;

/// <summary>A small repository in memory, and what tests do to one.</summary>
internal sealed class SampleRepository : IDisposable
{
    public static readonly byte[] Passphrase = "correct horse"u8.ToArray();
    public static readonly ClientIdentity Client = new("host", "user", Environment.ProcessId, 1000, 1000);

    private SampleRepository(MemoryBackend backend, Repository repository)
    {
        Backend = backend;
        Repository = repository;
    }

    public MemoryBackend Backend { get; }

    public Repository Repository { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static RepositoryOptions CheapOptions(int version = 2) => new() { Version = version, KeyCost = new ScryptParameters(16, 8, 1) };

    public static async Task<SampleRepository> CreateAsync(int version = 2)
    {
        var backend = new MemoryBackend();
        return new SampleRepository(
            backend, await Repository.InitializeAsync(backend, Passphrase, CheapOptions(version), Client, TimeProvider.System, Token));
    }

    public void Dispose() => Repository.Dispose();

    /// <summary>Saves blobs as one writer does, in packs and an index file of their own.</summary>
    public async Task<IReadOnlyList<Id>> SaveBlobsAsync(BlobType type, params byte[][] blobs)
    {
        await using var writer = new BlobWriter(Repository, await Repository.LoadIndexAsync(Token), TimeProvider.System, Task.CompletedTask);
        var ids = new List<Id>();
        foreach (var blob in blobs) ids.Add((await writer.SaveAsync(type, blob, Token)).Id);
        await writer.FlushAsync(Token);
        return ids;
    }

    /// <summary>Saves a tree of nodes as they are, orderly or not.</summary>
    public Task<Id> SaveTreeAsync(params Node[] nodes) => SaveRawTreeAsync(Encoding.UTF8.GetString(TreeSerializer.Serialize(nodes)));

    public async Task<Id> SaveRawTreeAsync(string json) => (await SaveBlobsAsync(BlobType.Tree, Encoding.UTF8.GetBytes(json)))[0];

    public Task<Id> SaveSnapshotAsync(Id tree, int day = 1)
    {
        var snapshot = new Snapshot { Time = Timestamp.Parse($"2026-01-{day:00}T00:00:00Z"), Tree = tree, Paths = ["/"], Hostname = "host" };
        return Repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), Token);
    }

    public static Node File(string name, ulong size, params Id[] content) =>
        new() { Name = Encoding.UTF8.GetBytes(name), Type = NodeType.File, Size = size, Content = content };

    public static Node Directory(string name, Id? tree) => new() { Name = Encoding.UTF8.GetBytes(name), Type = NodeType.Directory, Subtree = tree };

    public async Task<IReadOnlyList<FileHandle>> FilesAsync(FileType type) => [.. (await Repository.ListAsync(type, Token)).Select(file => file.Handle)];

    public async Task FlipAsync(FileHandle handle, int offset)
    {
        var content = await Backend.ReadAllAsync(handle, Token);
        content[offset] ^= 1;
        await Backend.WriteAsync(handle, content, Token);
    }

    public async Task TruncateAsync(FileHandle handle, int bytes)
    {
        var content = await Backend.ReadAllAsync(handle, Token);
        await Backend.WriteAsync(handle, content.AsMemory(0, content.Length - bytes), Token);
    }
}
