using Holdfast.Restic.Format;

namespace Holdfast.Restic.Blobs;

/// <summary>Takes what a <see cref="BlobFetcher"/> fetches. Called from several threads at a time.</summary>
public interface IBlobReceiver
{
    /// <summary>A blob, authenticated and of the ID that was asked for. The memory lives for the call only.</summary>
    ValueTask DeliverAsync(Id id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>A blob of which no good copy could be read.</summary>
    /// <param name="id">The blob.</param>
    /// <param name="why">A sentence that names the blob and the pack.</param>
    void Lose(Id id, string why);
}
