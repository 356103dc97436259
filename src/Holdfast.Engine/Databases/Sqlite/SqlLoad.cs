using System.Text;
using Holdfast.Restic.Failures;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// Makes a database from the SQL of a dump, which may be hostile: it reaches no other file (no ATTACH, no VACUUM INTO, no extensions), changes
/// no setting but those that a dump sets, and the database does not grow beyond a limit. Commands of the sqlite3 shell are not SQL and refused.
/// </summary>
public sealed class SqlLoad : IDisposable
{
    private const int InstructionsBetweenLooks = 100_000;
    private const int LimitAttached = 7;
    private const int ActionRecursive = 33;

    private static readonly HashSet<string> AllowedPragmas = new(StringComparer.OrdinalIgnoreCase)
    {
        "foreign_keys", "writable_schema", "encoding", "page_size", "user_version", "application_id", "auto_vacuum",
    };

    private static readonly HashSet<string> RefusedFunctions = new(StringComparer.OrdinalIgnoreCase)
    {
        "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit",
    };

    private readonly SqliteConnection _connection;
    private readonly string _name;
    private string? _refused;

    private SqlLoad(SqliteConnection connection, string name) => (_connection, _name) = (connection, name);

    /// <summary>Loads a dump. Synchronous. A database that could not be loaded whole stays where it is, for the caller to remove.</summary>
    /// <param name="source">The SQL, UTF-8; read to its end.</param>
    /// <param name="path">The database to make; nothing is there.</param>
    /// <param name="name">What errors call the dump.</param>
    /// <param name="largest">Bytes that the database may have.</param>
    /// <param name="cancellationToken">Stops also within a statement.</param>
    /// <exception cref="HoldfastException">
    /// Damaged: it is cut, or no SQL, or does what no dump does. NoSpace: the database would be larger than allowed. Or what the stream throws.
    /// </exception>
    public static void Run(Stream source, string path, string name, long largest, CancellationToken cancellationToken)
    {
        using var load = new SqlLoad(SqliteConnections.OpenOrCreate(path), name);
        load.RunAll(source, largest, cancellationToken);
    }

    public void Dispose() => _connection.Dispose();

    private void RunAll(Stream source, long largest, CancellationToken cancellationToken)
    {
        var database = _connection.Handle;
        // Durable is only what is made of it later.
        _connection.Execute("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA trusted_schema=OFF");
        raw.sqlite3_limit(database, LimitAttached, 0);
        raw.sqlite3_progress_handler(database, InstructionsBetweenLooks, _ => cancellationToken.IsCancellationRequested ? 1 : 0, null);
        raw.sqlite3_set_authorizer(database, Authorise, null);
        var statements = new SqlStatements(source, _name);
        var count = 0L;
        while (statements.Next() is { IsEmpty: false } statement)
        {
            // The size of a page is known when the first table has been made.
            if (count++ % 4096 == 1) Limit(largest);
            Execute(statement);
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (statements.IsCut || raw.sqlite3_get_autocommit(database) == 0) throw Damaged("it is cut off");
        if (count == 0) throw Damaged("it is empty");
    }

    private void Limit(long largest)
    {
        raw.sqlite3_set_authorizer(_connection.Handle, (delegate_authorizer?)null, null);
        var pageSize = Convert.ToInt64(_connection.Scalar("PRAGMA page_size"), null);
        _connection.Execute($"PRAGMA max_page_count={Math.Clamp(largest / pageSize, 1, uint.MaxValue - 1)}");
        raw.sqlite3_set_authorizer(_connection.Handle, Authorise, null);
    }

    private void Execute(ReadOnlySpan<byte> sql)
    {
        var database = _connection.Handle;
        _refused = null;
        var status = raw.sqlite3_prepare_v2(database, sql, out var statement);
        using (statement)
        {
            if (status == raw.SQLITE_OK && !statement.IsInvalid)
            {
                do status = raw.sqlite3_step(statement);
                while (status == raw.SQLITE_ROW);
                if (status == raw.SQLITE_DONE) return;
            }
            else if (status == raw.SQLITE_OK)
            {
                // A comment, or nothing but a semicolon.
                return;
            }
        }

        throw Failure(status, sql);
    }

    private HoldfastException Failure(int status, ReadOnlySpan<byte> sql)
    {
        if (_refused is not null) return Damaged($"it wants to {_refused}, which no dump does");
        var said = raw.sqlite3_errmsg(_connection.Handle).utf8_to_string();
        if (status == raw.SQLITE_FULL)
        {
            return new HoldfastException(
                FailureKind.NoSpace, $"the database that {_name} makes is larger than there is room for", "free some space and try again");
        }

        return status switch
        {
            raw.SQLITE_INTERRUPT => new HoldfastException(FailureKind.Interrupted, "interrupted"),
            raw.SQLITE_IOERR => SqliteFailures.From(raw.sqlite3_extended_errcode(_connection.Handle), said, _name),
            _ => Damaged($"SQLite says: {Quoted.Escape(said, longest: 200)}, in {Quoted.Text(Beginning(sql))}"),
        };
    }

    private int Authorise(object user, int action, utf8z first, utf8z second, utf8z schema, utf8z trigger)
    {
        _refused ??= Refusal(action, first, second);
        return _refused is null ? raw.SQLITE_OK : raw.SQLITE_DENY;
    }

    private static string? Refusal(int action, utf8z first, utf8z second) => action switch
    {
        raw.SQLITE_ATTACH => "attach another file",
        raw.SQLITE_DETACH => "detach a file",
        ActionRecursive => "run a recursive query",
        raw.SQLITE_PRAGMA when !AllowedPragmas.Contains(first.utf8_to_string()) => $"use the pragma {Quoted.Text(first.utf8_to_string())}",
        raw.SQLITE_FUNCTION when RefusedFunctions.Contains(second.utf8_to_string()) => $"call {second.utf8_to_string()}()",
        _ => null,
    };

    private static string Beginning(ReadOnlySpan<byte> sql)
    {
        const int Shown = 80;
        return Encoding.UTF8.GetString(sql[..Math.Min(sql.Length, Shown)]).Trim();
    }

    private HoldfastException Damaged(string why) => new(FailureKind.Damaged, $"{_name} cannot be loaded: {why}", "use another archive");
}
