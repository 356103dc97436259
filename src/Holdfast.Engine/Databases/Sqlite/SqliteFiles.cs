using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>Tells SQLite databases from other files by their size and their first bytes.</summary>
public static class SqliteFiles
{
    /// <summary>Bytes of the smallest page there is (https://sqlite.org/fileformat2.html, section 1.3.2).</summary>
    private const int SmallestPage = 512;

    /// <summary>A database is made of whole pages. So files of other sizes need not be opened.</summary>
    /// <param name="size">Bytes.</param>
    public static bool CanHaveSize(ulong size) => size > 0 && size % SmallestPage == 0;

    /// <summary>The bytes, of which the first <see cref="SqliteHeader.Size"/> are enough, begin with a usable header.</summary>
    public static bool HasHeader(ReadOnlySpan<byte> first) =>
        SqliteHeader.Recognise(first[..Math.Min(first.Length, SqliteHeader.Size)]) == SqliteFileKind.Sqlite;

    /// <summary>
    /// The file begins with a usable header. Opens and closes it, and closing drops every POSIX lock that this process has on it (fcntl(2)):
    /// never to be used while SQLite has it open.
    /// </summary>
    /// <exception cref="HoldfastException">It cannot be read.</exception>
    public static bool HasHeader(FilePath path)
    {
        using var reader = DescriptorReader.Open(path);
        Span<byte> first = stackalloc byte[SqliteHeader.Size];
        return HasHeader(first[..reader.Read(first)]);
    }

    /// <summary>
    /// True when a write-ahead log or a rollback journal of SQLite lies beside a file, told by its magic number (fileformat2.html, sections 3 and 4.1):
    /// then the file is a live database, whatever its size and its own first bytes say.
    /// </summary>
    public static bool HasJournalBeside(FilePath path) =>
        StartsWith(path.WithSuffix("-wal"), [0x37, 0x7f, 0x06]) || StartsWith(path.WithSuffix("-journal"), [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);

    /// <summary>As <see cref="HasHeader(FilePath)"/>; false for what cannot be read.</summary>
    public static bool HasReadableHeader(FilePath path)
    {
        try
        {
            return HasHeader(path);
        }
        catch (HoldfastException)
        {
            // Who saves it as a file, or is told that it is a database, will say what is wrong with it.
            return false;
        }
    }

    private static bool StartsWith(FilePath path, ReadOnlySpan<byte> magic)
    {
        try
        {
            if (FileSystem.TryStatus(path, followLinks: false) is not { IsFile: true, Size: > 0 }) return false;
            using var reader = DescriptorReader.Open(path);
            Span<byte> first = stackalloc byte[8];
            return first[..reader.Read(first)].StartsWith(magic);
        }
        catch (HoldfastException)
        {
            // What cannot be looked at will be named when it is saved.
            return false;
        }
    }
}
