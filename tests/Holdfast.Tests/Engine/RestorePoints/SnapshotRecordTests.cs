using System.Text.Json;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.RestorePoints;

public sealed class SnapshotRecordTests
{
    private static readonly SnapshotRecord Sample = new()
    {
        Program = "test",
        Databases =
        [
            new DatabaseRecord
            {
                Name = "main",
                Kind = DatabaseRecord.SqliteKind,
                Path = "/d/main.db",
                Sqlite = new SqliteRecord { JournalMode = "wal", PageSize = 4096, Pages = 3 },
                Tables = new Dictionary<string, long> { ["t"] = 2 },
            },
        ],
    };

    [Fact]
    public void Says_the_kind_of_a_database_and_keeps_apart_what_only_that_kind_has()
    {
        var database = JsonDocument.Parse(Sample.Serialize()).RootElement.GetProperty("databases")[0];
        Assert.Equal("sqlite", database.GetProperty("kind").GetString());
        Assert.Equal(
            ["journal_mode", "page_size", "pages"], database.GetProperty("sqlite").EnumerateObject().Select(property => property.Name));
        Assert.False(database.TryGetProperty("journal_mode", out _));
        var read = Assert.Single(SnapshotRecord.Parse(Sample.Serialize()).Databases);
        Assert.Equal((12288, 2), (read.Sqlite!.Bytes, read.Tables["t"]));
    }

    [Fact]
    public void What_an_older_program_did_not_write_is_empty()
    {
        var read = SnapshotRecord.Parse("""{"format":1,"databases":[{"name":"main","kind":"sqlite","path":"/d/main.db"}]}"""u8);
        Assert.Equal((string.Empty, 0, 0), (read.Program, read.Groups.Count, read.Problems.Count));
        var database = Assert.Single(read.Databases);
        Assert.Equal((0, 0, 0, 0), (database.Tables.Count, database.ExpectTables.Count, database.Assertions.Count, database.Damage.Count));
        Assert.Empty(SnapshotRecord.Parse("""{"format":1}"""u8).Databases);
    }

    [Fact]
    public void A_newer_format_is_told_whatever_else_has_changed_in_it()
    {
        var failure = Assert.Throws<HoldfastException>(() => SnapshotRecord.Parse("""{"format":2,"databases":{"main":{}}}"""u8));
        Assert.Equal(FailureKind.Failed, failure.Kind);
        Assert.Contains("format 2", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"format":1,"databases":null}""")]
    [InlineData("""{"format":1,"databases":[{"name":"x","path":null,"kind":"sqlite"}]}""")]
    public void What_is_no_record_is_damaged(string json)
    {
        var failure = Assert.Throws<HoldfastException>(() => SnapshotRecord.Parse(System.Text.Encoding.UTF8.GetBytes(json)));
        Assert.Equal(FailureKind.Damaged, failure.Kind);
    }
}
