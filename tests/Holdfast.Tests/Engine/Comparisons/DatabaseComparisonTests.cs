using Holdfast.Engine.Comparisons;
using Holdfast.Engine.RestorePoints;
using Xunit;

namespace Holdfast.Tests.Engine.Comparisons;

public sealed class DatabaseComparisonTests
{
    [Fact]
    public void Names_tables_that_came_went_or_grew()
    {
        var change = Assert.Single(DatabaseComparison.Of(
            Record(Database("main", "/a.db", ("same", 1), ("grown", 2), ("gone", 3))),
            Record(Database("main", "/a.db", ("same", 1), ("grown", 5), ("fresh", 0)))));

        Assert.Equal([new TableChange("fresh", null, 0), new TableChange("gone", 3, null), new TableChange("grown", 2, 5)], change.Tables);
        Assert.Equal(1, change.SameTables);
    }

    [Fact]
    public void The_path_tells_apart_databases_of_one_name_and_the_name_follows_one_that_moved()
    {
        var changes = DatabaseComparison.Of(
            Record(Database("app.db", "/one/app.db", ("t", 1)), Database("app.db", "/two/app.db", ("t", 2)), Database("moved", "/old/m.db", ("t", 3))),
            Record(Database("app.db", "/two/app.db", ("t", 2)), Database("app.db", "/one/app.db", ("t", 1)), Database("moved", "/new/m.db", ("t", 3))));

        Assert.Equal(3, changes.Count);
        Assert.All(changes, change => Assert.True(change.IsSameInNumbers));
    }

    [Fact]
    public void One_that_could_not_be_saved_is_not_there()
    {
        var changes = DatabaseComparison.Of(
            Record(Database("a", "/a.db"), Database("b", "/b.db") with { Missing = "locked" }), Record(Database("a", "/a.db") with { Missing = "gone" }, Database("b", "/b.db")));

        Assert.Equal([("b", true, false), ("a", false, true)], changes.Select(change => (change.Name, change.OldBytes is null, change.NewBytes is null)));
    }

    private static SnapshotRecord Record(params DatabaseRecord[] databases) => new() { Databases = databases };

    private static DatabaseRecord Database(string name, string path, params (string Table, long Rows)[] tables) => new()
    {
        Name = name,
        Kind = DatabaseRecord.SqliteKind,
        Path = path,
        Tables = tables.ToDictionary(table => table.Table, table => table.Rows, StringComparer.Ordinal),
    };
}
