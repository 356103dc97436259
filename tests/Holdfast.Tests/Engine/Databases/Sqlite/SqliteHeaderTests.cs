using System.Text;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

public class SqliteHeaderTests
{
    [Fact]
    public void Recognises_a_database_that_sqlite_made()
    {
        using var scratch = new ScratchDirectory();
        using (var live = SqliteConnections.OpenOrCreate(scratch.File("a.db"))) live.Execute("PRAGMA page_size=65536; create table t(v)");
        var header = File.ReadAllBytes(scratch.File("a.db")).AsSpan(0, SqliteHeader.Size);
        Assert.Equal(SqliteFileKind.Sqlite, SqliteHeader.Recognise(header));
        Assert.Equal(65536, SqliteHeader.Parse(header, "a.db").PageSize);
        Assert.Equal(2u, SqliteHeader.Parse(header, "a.db").PageCount);

        header[47] = 5;
        Assert.Equal(SqliteFileKind.Newer, SqliteHeader.Recognise(header));
        header[47] = 4;
        header[16] = 3;
        Assert.Equal(SqliteFileKind.Malformed, SqliteHeader.Recognise(header));
        Assert.Equal(SqliteFileKind.Malformed, SqliteHeader.Recognise(header[..50]));
    }

    [Fact]
    public void Tells_text_noise_and_nothing_apart()
    {
        var noise = new byte[100];
        for (var seed = 0; seed < 200; seed++)
        {
            new Random(seed).NextBytes(noise);
            Assert.Equal(SqliteFileKind.NotSqliteMaybeEncrypted, SqliteHeader.Recognise(noise));
        }

        var text = Encoding.UTF8.GetBytes("The quick brown fox jumps over the lazy dog 0123456789; THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG!?");
        Assert.Equal(SqliteFileKind.NotSqlite, SqliteHeader.Recognise(text));
        Assert.Equal(SqliteFileKind.NotSqlite, SqliteHeader.Recognise("short"u8));
        Assert.Equal(SqliteFileKind.Empty, SqliteHeader.Recognise([]));
    }

    [Theory]
    [InlineData(new byte[0], "empty")]
    [InlineData(new byte[] { 1, 2, 3 }, "not an SQLite")]
    public void Says_what_is_wrong_with_a_file(byte[] first, string expected)
    {
        var failure = Assert.Throws<HoldfastException>(() => SqliteHeader.Parse(first, "x.db"));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Related_files_are_known_by_name()
    {
        // Not UTF-8: names are bytes.
        var database = FilePath.From("/d").Combine([0xFF, .. ".db"u8]);
        Assert.Equal(
            [database.WithSuffix("-wal"), database.WithSuffix("-shm"), database.WithSuffix("-journal")], SqliteRelatedFiles.Of(database));
        Assert.All(SqliteRelatedFiles.Of(database), journal => Assert.Equal(database, SqliteRelatedFiles.DatabaseOf(journal)));
        Assert.Null(SqliteRelatedFiles.DatabaseOf(database));
        Assert.Null(SqliteRelatedFiles.DatabaseOf(FilePath.From("/d/-wal")));
    }
}
