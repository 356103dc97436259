using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Backends.Layers;

/// <summary>
/// Keeps index files, snapshots and packs of trees of a storage that is far away in one that is near. Files never change, so a copy is as good
/// as the original; each is compared with its name before it is used the first time, and may be deleted at any time. What is kept is as
/// encrypted as in the repository. What the storage does not list any more goes. That a copy is good says nothing of the original: see <see cref="Afresh"/>.
/// </summary>
/// <param name="inner">The storage.</param>
/// <param name="near">Where the copies are; of this repository alone.</param>
/// <param name="notice">Told once when copies cannot be kept, in a sentence: everything works without them, slower.</param>
public sealed class CachingBackend(IBackend inner, IBackend near, Action<string> notice) : LayeredBackend(inner)
{
    private readonly ConcurrentDictionary<FileHandle, Task<bool>> _packs = new();
    // Made by whoever keeps the first copy; everybody else waits for that.
    private readonly Lazy<Task> _made = new(() => near.CreateAsync(CancellationToken.None));

    // Null: every copy that is what its name says is believed.
    private ConcurrentDictionary<FileHandle, bool>? _brought;
    private int _isSpoiled;

    /// <summary>Lists the storage itself: what is there is for it alone to say. But a snapshot that was seen before and is left out now is asked for before that is believed.</summary>
    public override async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listed = new HashSet<Id>();
        await foreach (var file in Inner.ListAsync(type, cancellationToken).ConfigureAwait(false))
        {
            listed.Add(file.Handle.Id);
            yield return file;
        }

        if (type == FileType.Snapshot)
            foreach (var unlisted in await UnlistedAsync(listed, cancellationToken).ConfigureAwait(false)) yield return unlisted;
        if (type is FileType.Index or FileType.Pack) await RemoveGoneAsync(type, listed, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        if (!IsKept(handle.Type)) return await Inner.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
        if (await TryNearAsync(handle, cancellationToken).ConfigureAwait(false) is { } near) return near;
        var content = await Inner.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
        await BroughtAsync(handle, content, cancellationToken).ConfigureAwait(false);
        return content;
    }

    /// <summary>One tree of a pack is rarely the last that is needed: the whole pack comes, with one request.</summary>
    public override async Task ReadTreesAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (await IsNearAsync(handle, cancellationToken).ConfigureAwait(false) && await TryReadNearAsync(handle, offset, destination, cancellationToken).ConfigureAwait(false)) return;
        await Inner.ReadTreesAsync(handle, offset, destination, cancellationToken).ConfigureAwait(false);
    }

    public override async Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await Inner.WriteAsync(handle, content, cancellationToken).ConfigureAwait(false);
        if (IsKept(handle.Type)) await KeepAsync(handle, content, cancellationToken).ConfigureAwait(false);
    }

    public override async Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        await Inner.DeleteAsync(handle, cancellationToken).ConfigureAwait(false);
        if (IsKept(handle.Type) || handle.Type == FileType.Pack) await DropAsync(handle, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken)
    {
        var disorder = await Inner.SurveyAsync(cancellationToken).ConfigureAwait(false);
        var listed = new HashSet<Id>();
        await foreach (var file in Inner.ListAsync(FileType.Snapshot, cancellationToken).ConfigureAwait(false)) listed.Add(file.Handle.Id);
        var unlisted = await UnlistedAsync(listed, cancellationToken).ConfigureAwait(false);
        return disorder with { UnlistedSnapshots = [.. disorder.UnlistedSnapshots.Concat(unlisted.Select(file => file.Handle.Id)).Order()] };
    }

    /// <summary>Copies serve it only when it has brought them itself: what was sent, or was good at some time, may have been lost or spoilt since.</summary>
    public override IBackend Afresh() => new CachingBackend(Inner, near, notice) { _brought = new() };

    private static bool IsKept(FileType type) => type is FileType.Index or FileType.Snapshot;

    /// <summary>Whether a good copy of a pack is near; brings one on the first question. Who asks meanwhile waits for it.</summary>
    private async Task<bool> IsNearAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        var asked = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = _packs.GetOrAdd(handle, asked.Task);
        if (answer != asked.Task) return await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            asked.SetResult(await BringAsync(handle, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            // Whoever comes later tries again; who waits now reads it piece by piece and meets the error himself if it lasts.
            _packs.TryRemove(handle, out _);
            asked.SetResult(false);
            if (error is not HoldfastException { Kind: FailureKind.NotFound or FailureKind.Damaged }) throw;
        }

        return await asked.Task.ConfigureAwait(false);
    }

    private async Task<bool> BringAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isSpoiled) != 0) return false;
        if (await TryNearAsync(handle, cancellationToken).ConfigureAwait(false) is not null) return true;
        var content = await Inner.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
        return await BroughtAsync(handle, content, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="KeepAsync"/>
    private async Task<bool> BroughtAsync(FileHandle handle, byte[] content, CancellationToken cancellationToken)
    {
        if (!await KeepAsync(handle, content, cancellationToken).ConfigureAwait(false)) return false;
        _brought?.TryAdd(handle, true);
        return true;
    }

    private async Task<bool> TryReadNearAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            await near.ReadAsync(handle, offset, destination, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HoldfastException)
        {
            // Deleted since, or no pack that has these bytes; the storage itself will tell.
            return false;
        }
    }

    /// <summary>The copy, when there is one and it is what its name says. One that is not goes.</summary>
    private async Task<byte[]?> TryNearAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        if (_brought?.ContainsKey(handle) == false) return null;
        try
        {
            if (await near.StatAsync(handle, cancellationToken).ConfigureAwait(false) is null) return null;
            var content = await near.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false);
            if (Id.Of(content) == handle.Id) return content;
        }
        catch (HoldfastException)
        {
            // As good as none.
        }

        await DropAsync(handle, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <returns>Whether it is near now: not when it is not what its name says, or there is no room.</returns>
    private async Task<bool> KeepAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (Id.Of(content.Span) != handle.Id || Volatile.Read(ref _isSpoiled) != 0) return false;
        try
        {
            await _made.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
            await near.WriteAsync(handle, content, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HoldfastException error)
        {
            Spoil(error);
            return false;
        }
    }

    private async Task DropAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        _packs.TryRemove(handle, out _);
        try
        {
            await near.DeleteAsync(handle, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error)
        {
            Spoil(error);
        }
    }

    /// <summary>Snapshots of which there is a copy and that are not listed: those that are there all the same. The copies of the others go.</summary>
    private async Task<IReadOnlyCollection<StoredFile>> UnlistedAsync(HashSet<Id> listed, CancellationToken cancellationToken)
    {
        var there = new ConcurrentBag<StoredFile>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Connections), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(await GoneAsync(FileType.Snapshot, listed, cancellationToken).ConfigureAwait(false), parallel, async (copy, token) =>
        {
            if (await Inner.StatAsync(copy, token).ConfigureAwait(false) is { } size) there.Add(new StoredFile(copy, size));
            else await DropAsync(copy, token).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return there;
    }

    private async Task RemoveGoneAsync(FileType type, HashSet<Id> listed, CancellationToken cancellationToken)
    {
        foreach (var copy in await GoneAsync(type, listed, cancellationToken).ConfigureAwait(false)) await DropAsync(copy, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies of what is not listed.</summary>
    private async Task<List<FileHandle>> GoneAsync(FileType type, HashSet<Id> listed, CancellationToken cancellationToken)
    {
        var gone = new List<FileHandle>();
        try
        {
            await foreach (var copy in near.ListAsync(type, cancellationToken).ConfigureAwait(false))
                if (!listed.Contains(copy.Handle.Id)) gone.Add(copy.Handle);
        }
        catch (HoldfastException error)
        {
            Spoil(error);
        }

        return gone;
    }

    private void Spoil(HoldfastException error)
    {
        if (Interlocked.Exchange(ref _isSpoiled, 1) == 0) notice($"copies of the repository's index cannot be kept on this machine ({error.Message}); everything works without them, slower");
    }
}
