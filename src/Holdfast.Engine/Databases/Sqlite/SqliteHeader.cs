using System.Buffers.Binary;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>What the first bytes of a file say it is.</summary>
public enum SqliteFileKind
{
    /// <summary>An SQLite 3 database with a header that makes sense.</summary>
    Sqlite,

    /// <summary>A file of 0 bytes. SQLite takes it for an empty database.</summary>
    Empty,

    /// <summary>Something else.</summary>
    NotSqlite,

    /// <summary>Something else that looks random: an encrypted database, or compressed bytes.</summary>
    NotSqliteMaybeEncrypted,

    /// <summary>It starts like an SQLite database, but its header makes no sense.</summary>
    Malformed,

    /// <summary>An SQLite database of a file or schema format newer than the known ones.</summary>
    Newer,
}

/// <summary>The database header: the first 100 bytes of page 1 (https://sqlite.org/fileformat2.html, section 1.3).</summary>
public sealed record SqliteHeader
{
    /// <summary>The header's size in bytes: as much as <see cref="Recognise"/> wants to see.</summary>
    public const int Size = 100;

    private const int NewestFileFormat = 2;
    private const int NewestSchemaFormat = 4;

    // 100 random bytes have about 83 different values, text has less than 50.
    private const int DistinctBytesOfNoise = 68;

    private SqliteHeader(ReadOnlySpan<byte> bytes)
    {
        var size = BinaryPrimitives.ReadUInt16BigEndian(bytes[16..]);
        PageSize = size == 1 ? 65536 : size;
        ReservedBytes = bytes[20];
        UsesWal = bytes[19] == 2;
        var changeCounter = BinaryPrimitives.ReadUInt32BigEndian(bytes[24..]);
        var validFor = BinaryPrimitives.ReadUInt32BigEndian(bytes[92..]);
        PageCount = changeCounter == validFor ? BinaryPrimitives.ReadUInt32BigEndian(bytes[28..]) : 0;
        FirstFreelistTrunk = BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]);
        SchemaCookie = BinaryPrimitives.ReadUInt32BigEndian(bytes[40..]);
        TextEncoding = BinaryPrimitives.ReadInt32BigEndian(bytes[56..]);
        UserVersion = BinaryPrimitives.ReadInt32BigEndian(bytes[60..]);
    }

    /// <summary>Bytes per page, 512 to 65536.</summary>
    public int PageSize { get; }

    /// <summary>Bytes at the end of each page that belong to an extension.</summary>
    public int ReservedBytes { get; }

    /// <summary>The database is in WAL mode.</summary>
    public bool UsesWal { get; }

    /// <summary>The size in pages; 0 when the header does not know it and the file's size counts.</summary>
    public uint PageCount { get; }

    /// <summary>The first page of the list of free pages; 0 when there is none.</summary>
    public uint FirstFreelistTrunk { get; }

    /// <summary>Changes with every change of the schema (PRAGMA schema_version).</summary>
    public uint SchemaCookie { get; }

    /// <summary>1 UTF-8, 2 UTF-16le, 3 UTF-16be.</summary>
    public int TextEncoding { get; }

    /// <summary>The application's own number (PRAGMA user_version).</summary>
    public int UserVersion { get; }

    /// <summary>What a file is, by its first 100 bytes (fewer when it is shorter).</summary>
    public static SqliteFileKind Recognise(ReadOnlySpan<byte> first)
    {
        if (first.IsEmpty) return SqliteFileKind.Empty;
        if (!first.StartsWith("SQLite format 3\0"u8)) return LooksRandom(first) ? SqliteFileKind.NotSqliteMaybeEncrypted : SqliteFileKind.NotSqlite;
        if (first.Length < Size) return SqliteFileKind.Malformed;
        var size = BinaryPrimitives.ReadUInt16BigEndian(first[16..]);
        if ((size != 1 && (size < 512 || (size & (size - 1)) != 0)) || !first.Slice(21, 3).SequenceEqual((ReadOnlySpan<byte>)[64, 32, 32])
            || first[18] == 0 || first[19] == 0)
            return SqliteFileKind.Malformed;
        if (first[19] > NewestFileFormat || BinaryPrimitives.ReadUInt32BigEndian(first[44..]) > NewestSchemaFormat) return SqliteFileKind.Newer;
        return (size == 1 ? 65536 : size) - first[20] < 480 ? SqliteFileKind.Malformed : SqliteFileKind.Sqlite;
    }

    /// <summary>Reads a header; throws <see cref="HoldfastException"/> that says what is wrong when it is no usable one.</summary>
    /// <param name="first">The first 100 bytes of the file.</param>
    /// <param name="path">The file's name, for the message.</param>
    public static SqliteHeader Parse(ReadOnlySpan<byte> first, string path)
    {
        var name = SqliteFailures.Quote(path);
        return Recognise(first) switch
        {
            SqliteFileKind.Sqlite => new SqliteHeader(first),
            SqliteFileKind.Empty => throw SqliteFailures.Empty(path),
            SqliteFileKind.Malformed => throw new HoldfastException(
                FailureKind.Damaged, $"{name} starts like an SQLite database, but its header is malformed"),
            SqliteFileKind.Newer => throw new HoldfastException(
                FailureKind.Failed, $"{name} has an SQLite file format newer than the known one", "update Holdfast and libsqlite3"),
            SqliteFileKind.NotSqliteMaybeEncrypted => throw new HoldfastException(
                FailureKind.Damaged,
                $"{name} is not an SQLite database: it looks encrypted or compressed",
                "if it is encrypted (SQLCipher, SEE), exclude it and let its application export it"),
            _ => throw new HoldfastException(FailureKind.Damaged, $"{name} is not an SQLite database"),
        };
    }

    private static bool LooksRandom(ReadOnlySpan<byte> first)
    {
        if (first.Length < Size) return false;
        Span<bool> seen = stackalloc bool[256];
        seen.Clear();
        foreach (var value in first[..Size]) seen[value] = true;
        return seen.Count(true) >= DistinctBytesOfNoise;
    }
}
