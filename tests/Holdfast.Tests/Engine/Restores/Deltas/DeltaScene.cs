using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Deltas;

/// <summary>A folder with a file that is to be replaced, and a repository in memory with what it is to become.</summary>
internal sealed class DeltaScene : IDisposable
{
    private readonly Scene _scene;
    private int _packsRead;

    private DeltaScene(Scene scene, string folder) => (_scene, Folder) = (scene, folder);

    public Scene Scene => _scene;

    public string Folder { get; }

    /// <summary>What is there now.</summary>
    public string Present => Path.Combine(Folder, "file");

    /// <summary>What is staged.</summary>
    public string Staged => Path.Combine(Folder, "staged");

    /// <summary>Reads of packs in the last staging.</summary>
    public int PacksRead => _packsRead;

    public OperationProgress Progress { get; } = new();

    /// <summary>What was told lost.</summary>
    public List<string> Lost { get; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<DeltaScene> CreateAsync(string? folder = null)
    {
        var scene = await Scene.CreateAsync();
        return new DeltaScene(scene, folder ?? scene.App);
    }

    /// <summary>Stores the chunks and gives an item that consists of them.</summary>
    public async Task<RestoreItem> StoreAsync(IReadOnlyList<byte[]> chunks)
    {
        var index = await _scene.Repository.LoadIndexAsync(Token);
        var content = new List<Id>();
        await using (var writer = new BlobWriter(_scene.Repository, index, TimeProvider.System, Task.CompletedTask))
        {
            foreach (var chunk in chunks) content.Add((await writer.SaveAsync(BlobType.Data, chunk, Token)).Id);
            await writer.FlushAsync(Token);
        }

        var size = chunks.Sum(chunk => chunk.Length);
        return new RestoreItem
        {
            Source = FilePath.From("/file"),
            Destination = FilePath.From(Present),
            Node = Scene.FileNode("file", size, [.. content]) with { Mode = 0x180 },
            Bytes = size,
        };
    }

    /// <summary>Stages it beside what is there now; the bytes that were there already.</summary>
    public async Task<long> StageAsync(RestoreItem item)
    {
        File.Delete(Staged);
        var reader = new BlobReader(_scene.Repository, await _scene.Repository.LoadIndexAsync(Token));
        var log = new RestoreLog();
        _packsRead = 0;
        _scene.Backend.BeforeRead = file => Interlocked.Add(ref _packsRead, file.Type == FileType.Pack ? 1 : 0);
        var staged = new StagedFile(item, FilePath.From(Staged)) { Present = item.Destination };
        Progress.Begin("staging", item.Bytes);
        await new FileStager(_scene.Repository, reader, log, Progress, workers: 2)
            .StageAsync([staged], sync: false, static _ => { }, (_, why) => Lost.Add(why), Token);
        _scene.Backend.BeforeRead = null;
        return log.Result(TimeSpan.Zero).BytesReused;
    }

    public void Dispose() => _scene.Dispose();
}
