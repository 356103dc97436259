using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// Writes a new file at arbitrary offsets from several threads. Blocks of zeros are not written, they become holes; so every byte that
/// was never written reads as zero once <see cref="SetSize"/> was called.
/// </summary>
public sealed class SparseFileWriter : IDisposable
{
    /// <summary>The unit of holes in bytes: the block size of the usual file systems.</summary>
    public const int BlockSize = 4096;

    private readonly SafeFileHandle _file;

    private SparseFileWriter(SafeFileHandle file, FilePath path)
    {
        _file = file;
        Path = path;
    }

    public FilePath Path { get; }

    /// <summary>Creates the file for this user alone (0600). Fails when anything has that name, a symbolic link included.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">NoSpace, NotFound (no such directory), or Failed.</exception>
    public static SparseFileWriter Create(FilePath path)
    {
        var flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        if (!LibC.TryOpen(path, flags, FilePermissions.PrivateFile, out var file)) FileFailure.Throw("create", path);
        return new SparseFileWriter(file, path);
    }

    /// <summary>
    /// Writes <paramref name="bytes"/> at <paramref name="offset"/>, leaving out blocks of zeros. Ranges must not be written twice.
    /// Thread-safe.
    /// </summary>
    /// <exception cref="Restic.Failures.HoldfastException">NoSpace: the disk or the quota is full.</exception>
    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        // The usual case first: one vectorised look decides about a chunk of zeros.
        if (IsZero(bytes)) return;
        var pending = 0;
        var position = 0;
        while (position < bytes.Length)
        {
            var length = Math.Min(BlockSize - (int)((offset + position) % BlockSize), bytes.Length - position);
            if (IsZero(bytes.Slice(position, length)))
            {
                FileContent.WriteAt(_file, bytes[pending..position], offset + pending, Path);
                pending = position + length;
            }

            position += length;
        }

        FileContent.WriteAt(_file, bytes[pending..], offset + pending, Path);
    }

    /// <summary>Gives the file its final size in bytes, so that zeros at its end count.</summary>
    public void SetSize(long size)
    {
        if (LibC.Truncate(_file, size) != 0) FileFailure.Throw("set the size of", Path);
    }

    /// <summary>Makes the content durable; the name becomes so with <see cref="DirectorySync"/>.</summary>
    public void Sync() => FileContent.Sync(_file, Path);

    public void Dispose() => _file.Dispose();

    private static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);
}
