using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>
/// Writes a new file at arbitrary offsets from several threads. Blocks of zeros are not written, they become holes; so every byte that
/// was never written reads as zero once <see cref="SetSize"/> was called, or as in the file that was cloned.
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

    /// <summary>It began with the content of another file: what is to be zero must be written, too.</summary>
    public bool IsClone { get; private set; }

    /// <summary>Creates the file for this user alone (0600). Fails when anything has that name, a symbolic link included.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">NoSpace, NotFound (no such directory), or Failed.</exception>
    public static SparseFileWriter Create(FilePath path)
    {
        var flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        if (!LibC.TryOpen(path, flags, FilePermissions.PrivateFile, out var file)) FileFailure.Throw("create", path);
        return new SparseFileWriter(file, path);
    }

    /// <summary>
    /// Begins with the content of <paramref name="source"/> as it is at this instant, without copying it: both files share the blocks until
    /// one of them changes. Call it before anything is written.
    /// </summary>
    /// <returns>False where the file system cannot do that (only some can, as btrfs and xfs, and within themselves); the file is empty then.</returns>
    /// <exception cref="Restic.Failures.HoldfastException">The size cannot be set.</exception>
    public bool TryClone(DescriptorReader source)
    {
        IsClone = LibC.Clone(_file, LibC.CloneFile, source.Handle) == 0;
        // Whatever the reason: it can still be written in the usual way. What an interrupted attempt has shared must not shine through.
        if (!IsClone) SetSize(0);
        return IsClone;
    }

    /// <summary>Reads back what the file holds; fewer bytes than asked for only at its end. Thread-safe.</summary>
    public int ReadAt(Span<byte> buffer, long offset) => FileContent.FillAt(_file, buffer, offset, Path);

    /// <summary>
    /// Writes <paramref name="bytes"/> at <paramref name="offset"/>, leaving out blocks of zeros. Ranges must not be written twice.
    /// Thread-safe.
    /// </summary>
    /// <exception cref="Restic.Failures.HoldfastException">NoSpace: the disk or the quota is full.</exception>
    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        if (IsClone && !TryClear(offset, bytes))
        {
            FileContent.WriteAt(_file, bytes, offset, Path);
            return;
        }

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

    /// <summary>Makes a hole where old content was; false when it has to be overwritten, or is by all of the bytes anyway.</summary>
    private bool TryClear(long offset, ReadOnlySpan<byte> bytes) =>
        HasZeroBlock(offset, bytes) && LibC.Allocate(_file, LibC.PunchHole, offset, bytes.Length) == 0;

    private static bool HasZeroBlock(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(BlockSize - (int)(offset % BlockSize), bytes.Length);
            if (IsZero(bytes[..length])) return true;
            bytes = bytes[length..];
            offset += length;
        }

        return false;
    }

    private static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);
}
