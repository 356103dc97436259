using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends;

/// <summary>
/// The storage seam: a flat set of write-once files. Every implementation passes the same contract tests. Failures are
/// <see cref="HoldfastException"/>: a missing file is <see cref="FailureKind.NotFound"/>, storage that cannot be
/// reached or refuses access is <see cref="FailureKind.Unavailable"/>, storage that can be read but does not allow a change is
/// <see cref="FailureKind.Refused"/>, and a fault of one file <see cref="FailureKind.Failed"/>.
/// </summary>
public interface IBackend
{
    /// <summary>Where it is, for messages; never holds a secret.</summary>
    string Location { get; }

    /// <summary>
    /// As many bytes as are read in about the time that one more read takes to begin: smaller gaps between wanted bytes are read over.
    /// </summary>
    int CostOfRead => 1 << 20;

    /// <summary>How many requests are worth making at the same time.</summary>
    int Connections => 1;

    /// <summary>Makes the directories of a new repository; does nothing where they exist.</summary>
    Task CreateAsync(CancellationToken cancellationToken);

    /// <summary>
    /// All files of one kind, in no particular order. Names that are not IDs are passed over; a missing directory is empty.
    /// </summary>
    IAsyncEnumerable<StoredFile> ListAsync(FileType type, CancellationToken cancellationToken);

    /// <summary>The size in bytes, or null when there is no such file.</summary>
    Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken);

    /// <summary>
    /// Fills <paramref name="destination"/> from <paramref name="offset"/>; fewer bytes than asked for is an error of kind Damaged.
    /// </summary>
    Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadAsync"/>, of a pack that holds trees: a cache brings the whole of it near.</summary>
    Task ReadTreesAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        ReadAsync(handle, offset, destination, cancellationToken);

    /// <summary>
    /// The whole content, as it was at one moment. Whether it is right is for the caller to verify against the name. Storage that is far
    /// away does this with one request.
    /// </summary>
    /// <exception cref="HoldfastException">NotFound: there is no such file. Damaged: it does not hold still, or is larger than memory can address.</exception>
    Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken) =>
        BackendExtensions.ReadBySizeAsync(this, handle, cancellationToken);

    /// <summary>
    /// Stores a whole file: when this returns it is complete and durable; when it throws, no file of that name is there
    /// unless one was before. An existing file of the same name is replaced.
    /// </summary>
    Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>What listings do not show and may hide snapshots. Folders are told of where the storage has them.</summary>
    Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken) => Task.FromResult(StorageDisorder.None);

    /// <summary>
    /// The same storage without copies from before: all that it gives was read from the storage by itself. For whoever says whether the storage is
    /// sound; it lasts as long as this one.
    /// </summary>
    IBackend Afresh() => this;

    /// <summary>Removes a file; a missing one counts as removed.</summary>
    Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken);
}
