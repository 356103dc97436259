using System.Collections.Concurrent;
using System.Security.Cryptography;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.Sftp;

/// <summary>Remembers whether a write came as far as giving the file its name.</summary>
internal sealed class SftpRename
{
    public bool HasBegun { get; set; }
}

/// <summary>
/// Puts a file under its name in one step (section 2.2): a temporary file beside it, written and flushed, is renamed. SFTP has no word for
/// flushing a directory.
/// </summary>
internal sealed class SftpUpload(DefaultLayout layout, string location, TimeProvider clock)
{
    private static readonly TimeSpan CleaningTime = TimeSpan.FromSeconds(10);

    // What connections that were lost in the middle of a file have left; the next upload removes it.
    private readonly ConcurrentQueue<string> _leftovers = [];

    public SftpDirectories Directories { get; } = new(layout, location);

    public async Task<bool> WriteAsync(
        SftpFiles files, FileHandle handle, ReadOnlyMemory<byte> content, SftpRename rename, CancellationToken cancellationToken)
    {
        while (_leftovers.TryDequeue(out var leftover)) await TryRemoveAsync(files, leftover).ConfigureAwait(false);
        var path = layout.PathOf(handle);
        var modes = await Directories.ModesAsync(files, cancellationToken).ConfigureAwait(false);
        var temporary = $"{path}-restic-temp-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
        try
        {
            await WriteTemporaryAsync(files, temporary, content, modes, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            rename.HasBegun = true;
            await files.RenameAsync(temporary, path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SftpRefusalException or OperationCanceledException)
        {
            await TryRemoveAsync(files, temporary).ConfigureAwait(false);
            if (e is SftpRefusalException { Status: SftpStatus.Failure } && await IsFullAsync(files, content.Length, cancellationToken).ConfigureAwait(false))
            {
                throw new HoldfastException(
                    FailureKind.NoSpace, $"cannot write {handle} of the repository {location}: no space left", "free some space on the server", e);
            }

            throw;
        }
        catch (SftpConnectionException)
        {
            _leftovers.Enqueue(temporary);
            throw;
        }

        await files.TrySetModeAsync(path, modes.StoredFile, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task WriteTemporaryAsync(
        SftpFiles files, string temporary, ReadOnlyMemory<byte> content, SftpModes modes, CancellationToken cancellationToken)
    {
        try
        {
            await files.WriteNewAsync(temporary, content, modes.NewFile, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpRefusalException refusal) when (refusal.Status == SftpStatus.NoSuchFile)
        {
            await Directories.EnsureAsync(files, Path.GetDirectoryName(temporary)!, modes, cancellationToken).ConfigureAwait(false);
            await files.WriteNewAsync(temporary, content, modes.NewFile, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The protocol has no status for a full disk; the free space tells.</summary>
    private async Task<bool> IsFullAsync(SftpFiles files, int wanted, CancellationToken cancellationToken)
    {
        try
        {
            return await files.FreeBytesAsync(layout.Root, cancellationToken).ConfigureAwait(false) < (ulong)wanted;
        }
        catch (SftpRefusalException)
        {
            return false;
        }
    }

    private async Task TryRemoveAsync(SftpFiles files, string path)
    {
        using var limit = new CancellationTokenSource(CleaningTime, clock);
        try
        {
            await files.RemoveAsync(path, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (SftpFailures.IsExpected(e) || e is OperationCanceledException)
        {
            // The first failure is the one to tell; a leftover is harmless.
            return;
        }
    }
}
