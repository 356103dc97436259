using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>Which columns of a table a dump has to write so that the table comes back as it was.</summary>
/// <param name="Names">Quoted; with the row ID in front where it is none of the columns and can be reached.</param>
/// <param name="InsertList">What stands between the table's name and VALUES; empty when all columns in their order are meant.</param>
internal sealed record TableColumns(IReadOnlyList<string> Names, string InsertList)
{
    private const int Generated = 2;

    internal static TableColumns Read(SqliteConnection connection, string table)
    {
        var columns = new List<Column>();
        using (var command = connection.Command(
            "select name, hidden, pk, type from pragma_table_xinfo($table) order by cid", ("$table", table)))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read()) columns.Add(new Column(reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetString(3)));
        }

        var names = columns.Where(column => column.Hidden < Generated).Select(column => SqlText.Name(column.Name)).ToList();
        var lists = names.Count < columns.Count;
        if (RowIdName(columns) is { } rowId && HasHiddenRowId(connection, table, columns, rowId))
        {
            names.Insert(0, rowId);
            lists = true;
        }

        return new TableColumns(names, lists ? $"({string.Join(',', names)})" : string.Empty);
    }

    /// <summary>A table of its own row IDs, which full-text indexes over it refer to; not one whose key is the row ID, nor one without.</summary>
    private static bool HasHiddenRowId(SqliteConnection connection, string table, List<Column> columns, string rowId)
    {
        if (table.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase)) return false;
        var isKey = columns.Where(column => column.Key > 0).ToList() is [{ Type: var type }] && type.Equals("INTEGER", StringComparison.OrdinalIgnoreCase);
        return (!isKey || HasKeyIndex(connection, table)) && CanBeSelected(connection, table, rowId);
    }

    // INTEGER PRIMARY KEY DESC is a key of its own, with an index, and not the row ID (https://sqlite.org/lang_createtable.html#rowid).
    private static bool HasKeyIndex(SqliteConnection connection, string table) => Convert.ToInt64(
        connection.Scalar("select count(*) from pragma_index_list($table) where origin = 'pk'", ("$table", table)),
        CultureInfo.InvariantCulture) > 0;

    private static bool CanBeSelected(SqliteConnection connection, string table, string rowId)
    {
        var status = raw.sqlite3_prepare_v2(connection.Handle, $"select {rowId} from {SqlText.Name(table)}", out var statement);
        statement.Dispose();
        return status == raw.SQLITE_OK;
    }

    private static string? RowIdName(List<Column> columns) => new[] { "rowid", "_rowid_", "oid" }
        .FirstOrDefault(name => !columns.Exists(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase)));

    private sealed record Column(string Name, int Hidden, int Key, string Type);
}
