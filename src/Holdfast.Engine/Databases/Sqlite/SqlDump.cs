using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// Writes a database as SQL that makes it again: what the sqlite3 shell's <c>.dump</c> writes (shell.c of SQLite), and beyond it row IDs,
/// text with NULs or in a broken encoding, exact floating-point numbers, the encoding, <c>user_version</c> and <c>application_id</c>.
/// Left out is <c>sqlite_stat4</c>, which <c>ANALYZE</c> makes again. The file is only read, and nobody else changes it meanwhile.
/// </summary>
public sealed class SqlDump : IDisposable
{
    private const int FlushSize = 256 * 1024;

    private readonly SqliteConnection _connection;
    private readonly string _name;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushSize * 2);
    private readonly Stream _output;
    private bool _writesSchema;

    private SqlDump(SqliteConnection connection, string name, Stream output) => (_connection, _name, _output) = (connection, name, output);

    /// <summary>Dumps a database into a stream, which stays open. Synchronous.</summary>
    /// <param name="path">The file: a private copy.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="output">Gets UTF-8.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <exception cref="Restic.Failures.HoldfastException">Damaged, Failed: as SQLite says. Or what the stream throws.</exception>
    public static void Write(string path, string name, Stream output, CancellationToken cancellationToken)
    {
        using var dump = new SqlDump(SqliteConnections.Open(path), name, output);
        try
        {
            dump.WriteAll(cancellationToken);
        }
        catch (SqliteException failure)
        {
            throw SqliteFailures.From(failure, name);
        }
    }

    public void Dispose() => _connection.Dispose();

    private void WriteAll(CancellationToken cancellationToken)
    {
        _connection.Execute("PRAGMA query_only=ON");
        WriteBeginning();
        foreach (var table in Tables()) WriteTable(table, cancellationToken);
        foreach (var sql in Texts("select sql from sqlite_schema where sql not null and type in ('index', 'trigger', 'view') order by type collate nocase desc, rowid"))
            Statement(sql);
        if (_writesSchema) Line("PRAGMA writable_schema=OFF;");
        Line("COMMIT;");
        Flush();
    }

    private void WriteBeginning()
    {
        if (Pragma("encoding") is var encoding && encoding is not "UTF-8") Line($"PRAGMA encoding='{encoding}';");
        Line($"PRAGMA page_size={Pragma("page_size")};");
        Line("PRAGMA foreign_keys=OFF;");
        Line("BEGIN TRANSACTION;");
        foreach (var number in (string[])["user_version", "application_id"])
            if (Pragma(number) is var value && value is not "0") Line($"PRAGMA {number}={value};");
    }

    private string Pragma(string name) => Convert.ToString(_connection.Scalar($"PRAGMA {name}"), CultureInfo.InvariantCulture)!;

    private List<SchemaTable> Tables()
    {
        using var command = _connection.Command(
            "select name, coalesce(sql, '') from sqlite_schema where type = 'table' order by name = 'sqlite_sequence', rowid");
        using var reader = command.ExecuteReader();
        var tables = new List<SchemaTable>();
        while (reader.Read()) tables.Add(new SchemaTable(reader.GetString(0), reader.GetString(1)));
        return tables;
    }

    private void WriteTable(SchemaTable table, CancellationToken cancellationToken)
    {
        if (table.Name is "sqlite_sequence")
        {
            // Made by itself with the first table that counts; there may be none any more.
            if (!Tables().Exists(other => other.Sql.Contains("autoincrement", StringComparison.OrdinalIgnoreCase))) return;
            Line("DELETE FROM sqlite_sequence;");
        }
        else if (table.Name is "sqlite_stat1")
        {
            Line("ANALYZE sqlite_schema;");
            Line("DELETE FROM sqlite_stat1;");
        }
        else if (table.Name.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }
        else if (table.Sql.StartsWith("CREATE VIRTUAL TABLE", StringComparison.OrdinalIgnoreCase))
        {
            // Creating it would also make the tables that it keeps its data in, and these are dumped.
            if (!_writesSchema) Line("PRAGMA writable_schema=ON;");
            _writesSchema = true;
            var name = SqlText.Literal(table.Name);
            Line($"INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table',{name},{name},0,{SqlText.Literal(table.Sql)});");
            return;
        }
        else
        {
            Statement(table.Sql);
        }

        WriteRows(table.Name, cancellationToken);
    }

    private void WriteRows(string table, CancellationToken cancellationToken)
    {
        var encoding = EncodingOf(Pragma("encoding"));
        var columns = TableColumns.Read(_connection, table);
        var insert = Encoding.UTF8.GetBytes($"INSERT INTO {SqlText.Name(table)}{columns.InsertList} VALUES(");
        var select = $"select {string.Join(',', columns.Names.Select(SelectOf))} from {SqlText.Name(table)}";
        using var registration = _connection.InterruptOn(cancellationToken);
        var status = raw.sqlite3_prepare_v2(_connection.Handle, select, out var statement);
        using (statement)
        {
            SqliteException.ThrowExceptionForRC(status, _connection.Handle);
            while ((status = raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _buffer.Write(insert);
                for (var i = 0; i < columns.Names.Count; i++)
                {
                    if (i > 0) _buffer.Write(","u8);
                    WriteValue(statement, i * 2, encoding);
                }

                _buffer.Write(");\n"u8);
                if (_buffer.WrittenCount >= FlushSize) Flush();
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (status != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(status, _connection.Handle);
        }
    }

    // Text as its bytes, because asking for it as text would convert it.
    private static string SelectOf(string column) =>
        $"case typeof({column}) when 'text' then cast({column} as blob) else {column} end, typeof({column}) = 'text'";

    private void WriteValue(sqlite3_stmt statement, int column, Encoding encoding)
    {
        switch (raw.sqlite3_column_type(statement, column))
        {
            case raw.SQLITE_INTEGER:
                Write(raw.sqlite3_column_int64(statement, column).ToString(CultureInfo.InvariantCulture));
                break;
            case raw.SQLITE_FLOAT:
                Write(SqlReal.Text(raw.sqlite3_column_double(statement, column)));
                break;
            case raw.SQLITE_BLOB when raw.sqlite3_column_int64(statement, column + 1) == 1:
                SqlText.WriteText(raw.sqlite3_column_blob(statement, column), encoding, _buffer);
                break;
            case raw.SQLITE_BLOB:
                SqlText.WriteBlob(raw.sqlite3_column_blob(statement, column), _buffer);
                break;
            default:
                Write("NULL");
                break;
        }
    }

    private static Encoding EncodingOf(string name) => name switch
    {
        "UTF-16le" => new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true),
        "UTF-16be" => new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true),
        _ => Encoding.UTF8,
    };

    private List<string> Texts(string sql)
    {
        using var command = _connection.Command(sql);
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read()) texts.Add(reader.GetString(0));
        return texts;
    }

    // A comment at the end would swallow the semicolon.
    private void Statement(string sql) => Line(sql.Contains("--", StringComparison.Ordinal) ? sql + "\n;" : sql + ";");

    private void Line(string text)
    {
        Write(text);
        Write("\n");
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _buffer);

    private void Flush()
    {
        _output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    private sealed record SchemaTable(string Name, string Sql);
}
