using System.Globalization;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Checking;

/// <summary>
/// Reads packs completely, each once: the hash of the file, every blob, and whether header and index say the same (section 10.1).
/// </summary>
internal sealed class PackContentCheck(Repository repository, ListedPacks listed, FindingLog log, CheckOptions options)
{
    private long _bytesRead;

    /// <returns>The bytes that were read.</returns>
    internal async Task<long> ExecuteAsync(IEnumerable<StoredFile> packs, CancellationToken cancellationToken)
    {
        var parallel = repository.Requests(options.Workers, cancellationToken);
        await Parallel.ForEachAsync(packs, parallel, CheckAsync).ConfigureAwait(false);
        return _bytesRead;
    }

    private async ValueTask CheckAsync(StoredFile file, CancellationToken cancellationToken)
    {
        var pack = listed.Packs[file.Handle.Id];
        if (file.Size > Array.MaxLength)
        {
            Lose(pack, string.Create(CultureInfo.InvariantCulture, $"is impossibly large ({file.Size} bytes)"));
            return;
        }

        var buffer = repository.Buffers.Rent((int)file.Size);
        try
        {
            var content = buffer.AsMemory(0, (int)file.Size);
            var isAsNamed = await TryReadAsync(file.Handle, content, cancellationToken).ConfigureAwait(false);
            var isGood = Verify(file, pack, content.Span, isAsNamed);
            Interlocked.Add(ref _bytesRead, file.Size);
            options.BytesRead?.Invoke(file.Size);
            options.PackRead?.Invoke(file, isGood);
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            Lose(pack, $"cannot be read: {error.Message}");
            options.PackRead?.Invoke(file, false);
        }
        finally
        {
            repository.Buffers.Return(buffer);
        }
    }

    /// <summary>
    /// Reads again what does not match its name: the first reading may have gone wrong on its way. False when it still does not.
    /// </summary>
    private async Task<bool> TryReadAsync(FileHandle handle, Memory<byte> content, CancellationToken cancellationToken)
    {
        await repository.Backend.ReadAsync(handle, 0, content, cancellationToken).ConfigureAwait(false);
        if (Id.Of(content.Span) == handle.Id) return true;
        await repository.Backend.ReadAsync(handle, 0, content, cancellationToken).ConfigureAwait(false);
        return Id.Of(content.Span) == handle.Id;
    }

    private bool Verify(StoredFile file, IndexedPack pack, ReadOnlySpan<byte> content, bool isAsNamed)
    {
        var bad = BadBlobs(pack, content);
        var faults = new List<string>();
        if (!isAsNamed) faults.Add("its content does not match its name");
        if (HeaderFault(file, pack, content) is { } fault) faults.Add(fault);
        if (bad.Count > 0) faults.Add(string.Create(CultureInfo.InvariantCulture, $"{bad.Count} of its {pack.Blobs.Count} blobs are damaged"));
        if (faults.Count == 0) return true;
        var finding = log.Error(file.Handle, string.Join("; ", faults));
        foreach (var blob in bad) log.BadCopy(new BlobLocation(pack.Id, blob), finding, $"is damaged in pack {pack.Id}");
        return false;
    }

    private List<PackedBlob> BadBlobs(IndexedPack pack, ReadOnlySpan<byte> content)
    {
        var bad = new List<PackedBlob>();
        using var lease = repository.Codecs.Rent();
        foreach (var blob in pack.Blobs)
        {
            var isInside = (long)blob.Offset + blob.Length <= content.Length;
            if (!isInside || lease.Codec.TryDecode(content.Slice((int)blob.Offset, (int)blob.Length), blob) is null) bad.Add(blob);
        }

        return bad;
    }

    private string? HeaderFault(StoredFile file, IndexedPack pack, ReadOnlySpan<byte> content)
    {
        try
        {
            var header = PackTrailer.Parse(file, content, repository.Codecs);
            if (PackHeader.PackSize(header) != content.Length) return "its blobs do not fill it without gaps";
            return header.SequenceEqual(pack.Blobs) ? null : "its header and the index list different blobs";
        }
        catch (HoldfastException error) when (!error.IsOfStorage)
        {
            return $"its header is unreadable ({error.Message})";
        }
    }

    private void Lose(IndexedPack pack, string message)
    {
        var finding = log.Error(new FileHandle(FileType.Pack, pack.Id), message);
        foreach (var blob in pack.Blobs) log.BadCopy(new BlobLocation(pack.Id, blob), finding);
    }
}
