namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// A file that SQLite itself has open. POSIX locks belong to the process and fall when any descriptor of the file is closed;
/// so the database, its WAL and its wal-index are only ever read through SQLite's own descriptors.
/// Not safe for concurrent use: SQLite's unix file may seek before it reads.
/// </summary>
internal readonly unsafe struct SqliteFile
{
    private const int ShmUnlock = 1;
    private const int ShmTake = 2;
    private const int ShmShared = 4;
    private const int WalIndexRegion = 32768;

    private readonly nint _file;

    private SqliteFile(nint file) => _file = file;

    private LibSqlite.IoMethods* Methods => *(LibSqlite.IoMethods**)_file;

    /// <summary>False when SQLite has no such file open (there is no journal, for example).</summary>
    public bool IsOpen => _file != 0 && Methods != null;

    /// <summary>The file behind a connection's main database.</summary>
    /// <param name="database">The sqlite3 handle.</param>
    /// <param name="pointer"><see cref="LibSqlite.FilePointer"/> or <see cref="LibSqlite.JournalPointer"/>.</param>
    public static SqliteFile Of(nint database, int pointer)
    {
        nint file = 0;
        return LibSqlite.FileControl(database, "main", pointer, &file) == LibSqlite.Ok ? new SqliteFile(file) : default;
    }

    /// <summary>Reads at an offset; a read past the end fills the rest with zeros and gives SQLITE_IOERR_SHORT_READ.</summary>
    public int Read(Span<byte> destination, long offset)
    {
        fixed (byte* bytes = destination) return Methods->Read(_file, bytes, destination.Length, offset);
    }

    /// <summary>The file's size in bytes.</summary>
    public int Size(out long size)
    {
        long value = 0;
        var result = Methods->FileSize(_file, &value);
        size = value;
        return result;
    }

    /// <summary>Maps the first region of the wal-index; the address is null when there is none.</summary>
    public int MapWalIndex(out byte* address)
    {
        void* mapped = null;
        address = null;
        if (Methods->Version < 2 || Methods->ShmMap == null) return LibSqlite.Ok;
        var result = Methods->ShmMap(_file, 0, WalIndexRegion, 0, &mapped);
        address = (byte*)mapped;
        // What it says of a mapping that can only be read, and that is all there is to do with it here.
        return result == LibSqlite.ReadOnly && mapped != null ? LibSqlite.Ok : result;
    }

    /// <summary>Takes one of the wal-index locks shared, without waiting: SQLITE_OK or SQLITE_BUSY.</summary>
    public int LockShared(int slot) => Methods->ShmLock(_file, slot, 1, ShmTake | ShmShared);

    /// <summary>Gives back what <see cref="LockShared"/> took.</summary>
    public int UnlockShared(int slot) => Methods->ShmLock(_file, slot, 1, ShmUnlock | ShmShared);
}
