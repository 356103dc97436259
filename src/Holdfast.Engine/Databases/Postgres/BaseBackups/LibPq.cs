using System.Runtime.InteropServices;

namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>
/// What is needed of libpq, the client library that PostgreSQL's own programs are made with (PostgreSQL's documentation, chapter 34). Npgsql offers no
/// way to the base backup of the replication protocol.
/// </summary>
internal static unsafe partial class LibPq
{
    public const string FileName = "libpq.so.5";

    /// <summary>CONNECTION_OK.</summary>
    public const int Connected = 0;

    /// <summary>PGRES_COMMAND_OK.</summary>
    public const int CommandDone = 1;

    /// <summary>PGRES_TUPLES_OK.</summary>
    public const int Rows = 2;

    /// <summary>PGRES_COPY_OUT.</summary>
    public const int CopyOut = 3;

    /// <summary>PG_DIAG_SQLSTATE.</summary>
    public const int SqlState = 'C';

    /// <summary>PG_DIAG_MESSAGE_PRIMARY.</summary>
    public const int PrimaryMessage = 'M';

    /// <summary>What <see cref="GetCopyData"/> gives at the end of the copying.</summary>
    public const int EndOfCopy = -1;

    /// <summary>SHUT_RDWR.</summary>
    public const int BothWays = 2;

    [LibraryImport(FileName, EntryPoint = "PQconnectdbParams")]
    public static partial nint Connect(nint* keywords, nint* values, int expandDatabaseName);

    [LibraryImport(FileName, EntryPoint = "PQstatus")]
    public static partial int Status(nint connection);

    [LibraryImport(FileName, EntryPoint = "PQerrorMessage")]
    public static partial nint ErrorMessage(nint connection);

    [LibraryImport(FileName, EntryPoint = "PQsocket")]
    public static partial int Socket(nint connection);

    [LibraryImport(FileName, EntryPoint = "PQfinish")]
    public static partial void Finish(nint connection);

    [LibraryImport(FileName, EntryPoint = "PQsendQuery", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SendQuery(nint connection, string command);

    [LibraryImport(FileName, EntryPoint = "PQgetResult")]
    public static partial nint GetResult(nint connection);

    [LibraryImport(FileName, EntryPoint = "PQresultStatus")]
    public static partial int ResultStatus(nint result);

    [LibraryImport(FileName, EntryPoint = "PQresultErrorField")]
    public static partial nint ErrorField(nint result, int field);

    [LibraryImport(FileName, EntryPoint = "PQntuples")]
    public static partial int RowCount(nint result);

    [LibraryImport(FileName, EntryPoint = "PQnfields")]
    public static partial int ColumnCount(nint result);

    [LibraryImport(FileName, EntryPoint = "PQgetisnull")]
    public static partial int IsNull(nint result, int row, int column);

    [LibraryImport(FileName, EntryPoint = "PQgetvalue")]
    public static partial nint Value(nint result, int row, int column);

    [LibraryImport(FileName, EntryPoint = "PQclear")]
    public static partial void Clear(nint result);

    [LibraryImport(FileName, EntryPoint = "PQgetCopyData")]
    public static partial int GetCopyData(nint connection, nint* buffer, int isAsynchronous);

    [LibraryImport(FileName, EntryPoint = "PQfreemem")]
    public static partial void FreeMemory(nint memory);

    [LibraryImport(FileName, EntryPoint = "PQsetNoticeProcessor")]
    public static partial nint SetNoticeProcessor(nint connection, delegate* unmanaged[Cdecl]<nint, nint, void> processor, nint argument);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int ShutDown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnsetVariable(string name);
}
