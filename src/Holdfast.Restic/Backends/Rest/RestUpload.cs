using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Rest;

/// <summary>
/// Stores a whole file through a server that has no word for "replace", may refuse to overwrite (rest-server always does) and may leave
/// half a file behind (rclone on some storage). When an upload fails, what is there now is looked at: the file as it was to be counts as
/// stored, for only the answer was lost; anything else is removed.
/// </summary>
/// <param name="post">Sends content to an address; the text completes "cannot …".</param>
internal sealed class RestUpload(IBackend backend, Func<Uri, string, ReadOnlyMemory<byte>, CancellationToken, Task> post, TimeProvider clock)
{
    // What is done after a failure must not make the caller wait for long.
    private static readonly TimeSpan CleaningTime = TimeSpan.FromSeconds(15);

    // Servers mix two uploads of one name, and both would seem to succeed. A file goes by its hash to one of these.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    public async Task WriteAsync(FileHandle handle, Uri address, string action, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var turn = _turns[(uint)handle.GetHashCode() % _turns.Length];
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await WriteAloneAsync(handle, address, action, content, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task WriteAloneAsync(FileHandle handle, Uri address, string action, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // A config that was there before must survive whatever happens: without it the repository cannot be opened.
        var mayRemove = handle.Type != FileType.Config || await backend.StatAsync(handle, cancellationToken).ConfigureAwait(false) is null;
        try
        {
            await post(address, action, content, cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException failure) when (failure.IsTransient || failure.Kind is FailureKind.Refused or FailureKind.NoSpace)
        {
            if (await SizeNowAsync(handle, cancellationToken).ConfigureAwait(false) is not { } size) throw;
            if (size == content.Length && await IsStoredAsync(handle, content, cancellationToken).ConfigureAwait(false)) return;
            if (failure.Kind != FailureKind.Refused)
            {
                if (mayRemove) await TryRemoveAsync(handle).ConfigureAwait(false);
                throw;
            }

            await backend.DeleteAsync(handle, cancellationToken).ConfigureAwait(false);
            await post(address, action, content, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (mayRemove) await TryRemoveAsync(handle).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<long?> SizeNowAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(CleaningTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await backend.StatAsync(handle, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HoldfastException or OperationCanceledException)
        {
            // Unknown: the failure of the upload is the one to tell.
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private async Task<bool> IsStoredAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            return (await backend.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false)).AsSpan().SequenceEqual(content.Span);
        }
        catch (HoldfastException)
        {
            // Whatever it is, it cannot be relied on.
            return false;
        }
    }

    private async Task TryRemoveAsync(FileHandle handle)
    {
        using var limit = new CancellationTokenSource(CleaningTime, clock);
        try
        {
            await backend.DeleteAsync(handle, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HoldfastException or OperationCanceledException)
        {
            // The failure of the upload is the one to tell; half a file has a name that its content does not match.
            return;
        }
    }
}
