using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Blobs;

/// <summary>
/// Adds blobs to a repository: each new one is compressed, sealed, opened again and compared, and put into a pack; full packs go to the
/// backend, and their entries into index files, in this order (section 9.5). Callers bring the parallelism; memory is bounded, because
/// saving waits while packs are on their way. Nothing is promised before <see cref="FlushAsync"/> has returned, though what was stored
/// before an interruption is found again: by the index, or by <see cref="UnlistedUploads"/>.
/// </summary>
public sealed class BlobWriter : IAsyncDisposable
{
    private readonly Repository _repository;
    private readonly BlobIndex _index;
    private readonly OpenPacks _packs;
    private readonly Lock _gate = new();
    private Exception? _failure;
    private AddedBlobs _added;

    /// <param name="repository">Where to.</param>
    /// <param name="index">What the repository has; new blobs are added to it.</param>
    /// <param name="clock">For the age of index files.</param>
    /// <param name="mayWrite">
    /// Nothing is uploaded before this has completed: the lock may still be settling while the first blobs are hashed.
    /// </param>
    /// <param name="beforeIndex">
    /// Asked before each index file is written, and throws where the lock is gone: a prune may have removed packs that no index listed yet, and others
    /// would rely on what an index lists.
    /// </param>
    public BlobWriter(Repository repository, BlobIndex index, TimeProvider clock, Task mayWrite, Func<CancellationToken, Task>? beforeIndex = null)
    {
        _repository = repository;
        _index = index;
        _packs = new OpenPacks(new PackUploader(repository, index, clock, mayWrite, beforeIndex));
    }

    /// <summary>
    /// The first failure to save a blob, which tells it from a failure to read what is saved: the fault is on the repository's side, and no
    /// snapshot may be written with this writer any more. Null while all is well.
    /// </summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>What was added so far.</summary>
    public AddedBlobs Added
    {
        get
        {
            lock (_gate) return _added;
        }
    }

    /// <summary>Stores a blob unless the repository has it. Thread-safe; the plaintext may be reused when this has returned.</summary>
    /// <exception cref="HoldfastException">An upload failed; the writer is of no use then.</exception>
    public async ValueTask<SavedBlob> SaveAsync(BlobType type, ReadOnlyMemory<byte> plaintext, CancellationToken cancellationToken)
    {
        var handle = new BlobHandle(type, Id.Of(plaintext.Span));
        if (!_index.TryClaim(handle)) return new SavedBlob(handle.Id, IsNew: false, 0);
        try
        {
            using var lease = _repository.Codecs.Rent();
            var (container, uncompressedLength) = lease.Codec.EncodeVerified(handle, plaintext.Span, _repository.Compresses);
            await _packs.AppendAsync(handle, container, uncompressedLength, cancellationToken).ConfigureAwait(false);
            lock (_gate) _added = _added.With(handle.Type, plaintext.Length, container.Length);
            return new SavedBlob(handle.Id, IsNew: true, container.Length);
        }
        catch (Exception error)
        {
            // The blob is claimed but will never be stored, so nothing that is written from now on may be called complete.
            Interlocked.CompareExchange(ref _failure, error, null);
            throw;
        }
    }

    /// <summary>Finishes the open packs and makes everything durable, the index last.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (Failure is { } failure) throw new InvalidOperationException("a writer that has failed cannot be flushed", failure);
        try
        {
            await _packs.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _failure, error, null);
            throw;
        }
    }

    public ValueTask DisposeAsync() => _packs.DisposeAsync();
}
