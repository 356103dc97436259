using System.Runtime.CompilerServices;
using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Reads the content of files from front to end, every byte verified, the next chunks being fetched while one is used.</summary>
/// <param name="reader">Where the chunks are.</param>
internal sealed class ContentReader(BlobReader reader)
{
    private const int MostChunks = 16;

    /// <summary>Plaintext that is fetched ahead, in bytes; one chunk more may be on its way.</summary>
    private const long MostBytes = 32 << 20;

    /// <summary>The size of a file by its chunks, in bytes.</summary>
    /// <exception cref="HoldfastException">Damaged: a chunk is in no index, or the file's entry says another size.</exception>
    internal long SizeOf(FilePath path, Node file)
    {
        long size = 0;
        foreach (var id in file.Content ?? []) size += LengthOf(path, id);
        return (ulong)size == file.Size
            ? size
            : throw new HoldfastException(FailureKind.Damaged, $"\"{path.Display}\" has {size} bytes in the snapshot, though its entry says {file.Size}", "use another snapshot");
    }

    /// <summary>The chunks of a file in their order.</summary>
    /// <exception cref="HoldfastException">Damaged: a chunk cannot be had whole, and which file it belongs to.</exception>
    internal async IAsyncEnumerable<byte[]> ReadAsync(FilePath path, Node file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<(Task<byte[]> Chunk, long Length)>();
        long bytesAhead = 0;
        try
        {
            var content = file.Content ?? [];
            for (var next = 0; next < content.Count || ahead.Count > 0;)
            {
                while (next < content.Count && ahead.Count < MostChunks && bytesAhead < MostBytes)
                {
                    var length = LengthOf(path, content[next]);
                    var handle = new BlobHandle(BlobType.Data, content[next++]);
                    ahead.Enqueue((Task.Run(() => reader.ReadAsync(handle, stop.Token), stop.Token), length));
                    bytesAhead += length;
                }

                var (chunk, promised) = ahead.Dequeue();
                bytesAhead -= promised;
                yield return await TakeAsync(path, chunk, promised).ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (var (task, _) in ahead) await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<byte[]> TakeAsync(FilePath path, Task<byte[]> chunk, long promised)
    {
        try
        {
            var content = await chunk.ConfigureAwait(false);
            return content.Length == promised ? content : throw new HoldfastException(FailureKind.Damaged, $"a chunk has {content.Length} bytes and not {promised} as the index says");
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.Damaged or FailureKind.NotFound)
        {
            throw Lost(path, error);
        }
    }

    private long LengthOf(FilePath path, Id id) => reader.Index.Locate(new BlobHandle(BlobType.Data, id)) is { } location
        ? location.Blob.PlainLength
        : throw Lost(path, new HoldfastException(FailureKind.NotFound, $"data {id} is in no index"));

    private static HoldfastException Lost(FilePath path, HoldfastException why) =>
        new(FailureKind.Damaged, $"\"{path.Display}\" cannot be had whole: {why.Message}", "use another snapshot; `holdfast check --read-data` says what else is hurt", why);
}
