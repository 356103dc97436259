using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// A database that says which version it is, and of which every row can be told to be of that version: a mixture of two states cannot pass for either.
/// </summary>
internal static class VersionedDatabase
{
    private const int Rows = 400;
    private const int Some = 100;

    /// <summary>A closed database of one version, with nothing beside it.</summary>
    public static void Write(string path, string journalMode, int version)
    {
        using var connection = SqliteConnections.OpenOrCreate(path);
        connection.Scalar($"PRAGMA journal_mode={journalMode}");
        connection.Execute("CREATE TABLE IF NOT EXISTS version (number INTEGER); CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body TEXT)");
        Change(connection, version);
    }

    /// <summary>
    /// The same as a killed writer leaves it: in WAL mode some rows are of this version in the -wal alone; else a transaction was changing some
    /// to another and its journal is hot. Some and not all, so that neither journal makes a whole old database of a new one that it meets.
    /// </summary>
    public static void WriteCrashed(string path, string journalMode, int version)
    {
        using var scratch = new TempDirectory();
        var live = scratch["live.db"];
        var isWal = journalMode == "wal";
        Write(live, journalMode, version);
        using var connection = SqliteConnections.Open(live);
        if (isWal)
        {
            ChangeSome(connection, version + 1);
            connection.Scalar("PRAGMA wal_checkpoint(TRUNCATE)");
            connection.Execute("PRAGMA wal_autocheckpoint=0");
            ChangeSome(connection, version);
            Copy(live, path, "-wal");
            return;
        }

        // Few pages in memory, so that an open transaction has already written to the file.
        connection.Execute("PRAGMA cache_size=4; BEGIN");
        ChangeSome(connection, version + 1);
        Copy(live, path, "-journal");
        connection.Execute("ROLLBACK");
    }

    /// <summary>Its version; fails the test when it is not wholly of one.</summary>
    public static int Version(string path)
    {
        using var connection = SqliteConnections.Open(path);
        Assert.Equal("ok", Convert.ToString(connection.Scalar("PRAGMA integrity_check"), CultureInfo.InvariantCulture));
        var version = Convert.ToInt32(connection.Scalar("SELECT group_concat(number) FROM version"), CultureInfo.InvariantCulture);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, body FROM rows ORDER BY id";
        using var reader = command.ExecuteReader();
        var rows = 0;
        while (reader.Read())
        {
            rows++;
            if (reader.GetInt32(0) != rows || reader.GetString(1) != Body(rows, version)) Assert.Fail($"row {rows} of {path} is not of version {version}");
        }

        Assert.Equal(Count(version), rows);
        return version;
    }

    private static int Count(int version) => Rows + (50 * version);

    private static void ChangeSome(SqliteConnection connection, int version)
    {
        for (var row = 1; row <= Some; row++) connection.Execute("UPDATE rows SET body = $body WHERE id = $id", ("$body", Body(row, version)), ("$id", row));
    }

    private static void Change(SqliteConnection connection, int version)
    {
        connection.Execute("BEGIN");
        Fill(connection, version);
        connection.Execute("COMMIT");
    }

    private static void Fill(SqliteConnection connection, int version)
    {
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM version; INSERT INTO version VALUES ({version}); DELETE FROM rows"));
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO rows VALUES ($id, $body)";
        var id = insert.Parameters.Add("$id", SqliteType.Integer);
        var body = insert.Parameters.Add("$body", SqliteType.Text);
        for (var row = 1; row <= Count(version); row++)
        {
            (id.Value, body.Value) = (row, Body(row, version));
            insert.ExecuteNonQuery();
        }
    }

    // Long enough that a database has some hundred kilobytes, and does not compress to nothing.
    private static string Body(int row, int version)
    {
        var seed = string.Create(CultureInfo.InvariantCulture, $"{row} {version}");
        return string.Concat(Enumerable.Range(0, 6).Select(part => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes($"{seed} {part}")))));
    }

    private static void Copy(string live, string path, string journal)
    {
        Assert.True(new FileInfo(live + journal).Length > 4096, $"{live}{journal} holds nothing");
        File.Copy(live, path, overwrite: true);
        File.Copy(live + journal, path + journal, overwrite: true);
    }
}
