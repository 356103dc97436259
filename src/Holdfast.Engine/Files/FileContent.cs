using Microsoft.Win32.SafeHandles;

namespace Holdfast.Engine.Files;

/// <summary>Reads and writes through a descriptor, going on after signals and short writes.</summary>
internal static class FileContent
{
    /// <summary>Bytes read; 0 at the end.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer, FilePath path)
    {
        nint length;
        do length = LibC.Read(file, buffer, buffer.Length);
        while (length < 0 && LibC.LastError == Errno.Interrupted);
        if (length < 0) FileFailure.Throw("read", path);
        return (int)length;
    }

    public static int ReadAt(SafeFileHandle file, Span<byte> buffer, long offset, FilePath path)
    {
        nint length;
        do length = LibC.ReadAt(file, buffer, buffer.Length, offset);
        while (length < 0 && LibC.LastError == Errno.Interrupted);
        if (length < 0) FileFailure.Throw("read", path);
        return (int)length;
    }

    /// <summary>Fills the buffer from the offset on; returns fewer bytes only where the file ends.</summary>
    public static int FillAt(SafeFileHandle file, Span<byte> buffer, long offset, FilePath path)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var length = ReadAt(file, buffer[filled..], offset + filled, path);
            if (length == 0) break;
            filled += length;
        }

        return filled;
    }

    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, FilePath path)
    {
        while (!bytes.IsEmpty)
        {
            var written = LibC.Write(file, bytes, bytes.Length);
            if (written >= 0) bytes = bytes[(int)written..];
            else if (LibC.LastError != Errno.Interrupted) FileFailure.Throw("write", path);
        }
    }

    public static void WriteAt(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, FilePath path)
    {
        while (!bytes.IsEmpty)
        {
            var written = LibC.WriteAt(file, bytes, bytes.Length, offset);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                offset += written;
            }
            else if (LibC.LastError != Errno.Interrupted)
            {
                FileFailure.Throw("write", path);
            }
        }
    }

    public static void Sync(SafeFileHandle file, FilePath path)
    {
        int result;
        do result = LibC.Sync(file);
        while (result != 0 && LibC.LastError == Errno.Interrupted);
        if (result != 0) FileFailure.Throw("make durable", path);
    }

    public static FileStatus Status(SafeFileHandle file, FilePath path)
    {
        if (LibC.Statx(file, "\0"u8, LibC.EmptyPath, LibC.BasicStatus, out var buffer) != 0) FileFailure.Throw("look at", path);
        return FileStatus.From(buffer);
    }
}
