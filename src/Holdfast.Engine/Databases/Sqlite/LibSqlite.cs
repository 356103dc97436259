using System.Runtime.InteropServices;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>The one call and the structure of libsqlite3 that the managed provider does not offer (sqlite3.h).</summary>
internal static unsafe partial class LibSqlite
{
    public const int Ok = 0;
    public const int Busy = 5;
    public const int ReadOnly = 8;

    /// <summary>SQLITE_FCNTL_FILE_POINTER: the sqlite3_file of the database.</summary>
    public const int FilePointer = 7;

    /// <summary>SQLITE_FCNTL_JOURNAL_POINTER: the sqlite3_file of the rollback journal or the WAL.</summary>
    public const int JournalPointer = 28;

    /// <summary>SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE.</summary>
    public const int NoCheckpointOnClose = 1006;

    [LibraryImport(SqliteLibrary.FileName, EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FileControl(nint database, string schema, int operation, void* argument);

    /// <summary>sqlite3_io_methods, version 2 and later, in the order of sqlite3.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IoMethods
    {
        public int Version;
        public nint Close;
        public delegate* unmanaged[Cdecl]<nint, void*, int, long, int> Read;
        public nint Write;
        public nint Truncate;
        public nint Sync;
        public delegate* unmanaged[Cdecl]<nint, long*, int> FileSize;
        public nint Lock;
        public nint Unlock;
        public nint CheckReservedLock;
        public nint FileControl;
        public nint SectorSize;
        public nint DeviceCharacteristics;
        public delegate* unmanaged[Cdecl]<nint, int, int, int, void**, int> ShmMap;
        public delegate* unmanaged[Cdecl]<nint, int, int, int, int> ShmLock;
        public nint ShmBarrier;
        public nint ShmUnmap;
    }
}
