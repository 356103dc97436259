using System.Text;
using Holdfast.Restic.Failures;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>Turns SQLite's result codes (https://sqlite.org/rescode.html) into failures that say what to do.</summary>
internal static class SqliteFailures
{
    private const int ReadOnlyDirectory = 1544;
    private const int ReadOnlyCannotInitialise = 1288;

    // What SQLite makes of a full disk when the -shm file has to grow (SQLITE_IOERR_SHMSIZE).
    private const int SharedMemorySize = 4874;

    /// <summary>The failure for a result code met on a database file.</summary>
    public static HoldfastException From(int code, string message, string path, Exception? inner = null) => (code & 0xff) switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => Busy(path, null, inner),
        raw.SQLITE_NOTADB => new(
            FailureKind.Damaged,
            $"{Quote(path)} is not an SQLite database: it is encrypted, of a newer file format, or its header is damaged",
            "if it is encrypted (SQLCipher, SEE), exclude it and let its application export it",
            inner),
        raw.SQLITE_CORRUPT => new(FailureKind.Damaged, $"{Quote(path)} is damaged: {Clean(message)}", null, inner),
        raw.SQLITE_FULL => Full(path, inner),
        raw.SQLITE_IOERR when code == SharedMemorySize => Full(path, inner),
        raw.SQLITE_CANTOPEN => CannotOpen(path, message, inner),
        raw.SQLITE_READONLY when code is ReadOnlyDirectory or ReadOnlyCannotInitialise => CannotOpen(path, "no file can be made beside it", inner),
        raw.SQLITE_READONLY => ReadOnly(path, inner),
        raw.SQLITE_INTERRUPT => new(FailureKind.Interrupted, "interrupted", null, inner),
        _ => new(FailureKind.Failed, $"SQLite failed on {Quote(path)}: {Clean(message)} (code {code})", null, inner),
    };

    private static HoldfastException Full(string path, Exception? inner) =>
        new(FailureKind.NoSpace, $"the disk of {Quote(path)} is full", "free some space and try again", inner);

    public static HoldfastException From(SqliteException failure, string path) =>
        From(failure.SqliteExtendedErrorCode, TextOf(failure), path, failure);

    /// <summary>The statement is to blame: it does not compile, or it writes where only reading is allowed.</summary>
    public static bool IsMistakeInSql(SqliteException failure) => failure.SqliteErrorCode == raw.SQLITE_ERROR || IsWriteRefused(failure);

    /// <summary>It was refused because it writes (PRAGMA query_only).</summary>
    public static bool IsWriteRefused(SqliteException failure) => failure.SqliteExtendedErrorCode == raw.SQLITE_READONLY;

    /// <summary>SQLite's own words, without what the library puts around them ("SQLite Error 1: '…'.").</summary>
    public static string TextOf(SqliteException failure)
    {
        var message = failure.Message;
        var (first, last) = (message.IndexOf('\'', StringComparison.Ordinal), message.LastIndexOf('\''));
        return Clean(message.StartsWith("SQLite Error ", StringComparison.Ordinal) && first < last ? message[(first + 1)..last] : message);
    }

    /// <summary>The failure for a database that stayed locked.</summary>
    /// <param name="holders">Who has it open, in words, when that is known.</param>
    public static HoldfastException Busy(string path, string? holders, Exception? inner = null) => new(
        FailureKind.Busy,
        $"the database {Quote(path)} is locked by another process" + (holders is null ? "" : $": {Clean(holders)}"),
        "a long write transaction or locking_mode=EXCLUSIVE keeps everyone else out: end it, or stop the application",
        inner);

    public static HoldfastException Missing(string path) =>
        new(FailureKind.NotFound, $"there is no database {Quote(path)}", null);

    public static HoldfastException Empty(string path) => new(
        FailureKind.Damaged,
        $"the database {Quote(path)} is empty (0 bytes)",
        "if that is right, save it as a plain file; otherwise its application has not created it yet or has lost it");

    /// <summary>A path between quotes, its control characters written as escapes, so that a terminal is safe.</summary>
    public static string Quote(string text) => "'" + Clean(text).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    private static HoldfastException CannotOpen(string path, string why, Exception? inner) => new(
        FailureKind.Failed,
        $"cannot open the database {Quote(path)}: {Clean(why)}",
        "run as a user that may read and write the file and its directory: SQLite keeps its -wal and -shm files there",
        inner);

    private static HoldfastException ReadOnly(string path, Exception? inner) => new(
        FailureKind.Failed,
        $"the database {Quote(path)} must be recovered (its journal or WAL is left over) and cannot be written",
        "run as a user that may write the file and its directory",
        inner);

    private static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f')) return text;
        var clean = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsControl(c)) clean.Append("\\u").Append(((int)c).ToString("x4", null));
            else clean.Append(c);
        }

        return clean.ToString();
    }
}
