using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Served;

/// <summary>A dump, wherever it is.</summary>
/// <param name="Origin">Where it comes from, for messages.</param>
/// <param name="Format">In which form it is.</param>
/// <param name="Record">What it holds, as it was found when it was made; null when nobody knows.</param>
/// <param name="Bytes">Its size, for the progress.</param>
internal record DumpDescription(string Origin, DumpFormat Format, DatabaseRecord? Record, long Bytes)
{
    /// <summary>One of a snapshot.</summary>
    internal static DumpDescription Of(ServedItem item, StoredSnapshot snapshot) => new($"snapshot {snapshot.Id.Short}", DumpFormat.Custom, item.Record, item.Bytes);
}

/// <summary>A dump that can be read.</summary>
/// <param name="Dump">Which.</param>
/// <param name="WriteAsync">Writes it and tells how many bytes were written; to be called once.</param>
internal sealed record DumpSource(DumpDescription Dump, Func<Stream, Action<long>, CancellationToken, Task> WriteAsync) : DumpDescription(Dump)
{
    /// <summary>One of a snapshot.</summary>
    /// <param name="item">Which.</param>
    /// <param name="snapshot">The snapshot, for messages.</param>
    /// <param name="reader">Its repository.</param>
    internal static DumpSource Of(ServedItem item, StoredSnapshot snapshot, BlobReader reader) => new(
        DumpDescription.Of(item, snapshot),
        async (output, written, token) =>
        {
            await foreach (var chunk in new ContentReader(reader).ReadAsync(item.Path, item.Dump, token).ConfigureAwait(false))
            {
                await output.WriteAsync(chunk, token).ConfigureAwait(false);
                written(chunk.Length);
            }
        });
}
