using System.Security.Cryptography;

namespace Holdfast.Restic.Backends.Local;

/// <summary>
/// Puts a file under its name in one step (section 2.2): a temporary file beside it, written and flushed, is renamed, and the
/// directory is flushed. A crash leaves the old state or the new one, and at worst a temporary file that listings pass over.
/// </summary>
internal static class WholeFile
{
    // Each piece is on its way to the disk before the next is written: a database beside us that flushes its log must not wait
    // behind a whole pack (on ext4 a flush of one file waits for others' data that is being allocated).
    private const int WriteSize = 1 << 20;

    /// <exception cref="IOException">The disk is full, or any other error; nothing is left behind.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> content, AccessModes modes, RepositoryOwner? owner, CancellationToken cancellationToken)
    {
        var temporary = $"{path}-tmp-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        var replaces = LibC.TryStat(path, out _, out _);
        var renamed = false;
        try
        {
            Fill(temporary, content, modes.NewFile, owner, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            File.Move(temporary, path, overwrite: true);
            renamed = true;
            DirectorySync.Flush(Path.GetDirectoryName(path)!);
        }
        catch
        {
            // The first error is the one to report; a leftover is harmless. A new file that may not be durable must not be seen.
            if (!renamed) _ = LibC.Unlink(temporary);
            else if (!replaces) _ = LibC.Unlink(path);
            throw;
        }

        // Guards against accidents only, and some file systems have no modes: a failure changes nothing.
        _ = LibC.ChangeMode(path, (uint)modes.StoredFile);
    }

    private static void Fill(string path, ReadOnlyMemory<byte> content, UnixFileMode mode, RepositoryOwner? owner, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            // .NET locks what it opens; the name is ours alone, so the weakest lock will do.
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = mode,
        };
        using var stream = new FileStream(path, options);
        owner?.GiveTo(stream.SafeFileHandle);
        for (var offset = 0; offset < content.Length; offset += WriteSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = content.Slice(offset, Math.Min(WriteSize, content.Length - offset));
            RandomAccess.Write(stream.SafeFileHandle, piece.Span, offset);
            if (content.Length > WriteSize) LibC.WriteOut(stream.SafeFileHandle, offset, piece.Length);
        }

        RandomAccess.FlushToDisk(stream.SafeFileHandle);
    }
}
