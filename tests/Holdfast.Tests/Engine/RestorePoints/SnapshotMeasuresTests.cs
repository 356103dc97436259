using Holdfast.Engine.RestorePoints;
using Xunit;

namespace Holdfast.Tests.Engine.RestorePoints;

public sealed class SnapshotMeasuresTests
{
    private static readonly SnapshotMeasures Proven = Measures(1000, ("main", 100), ("empty", 0));

    [Theory]
    [InlineData(500, 50, 0)]
    [InlineData(499, 50, 1)]
    [InlineData(500, 49, 1)]
    [InlineData(0, 0, 2)]
    [InlineData(9000, 900, 0)]
    public void What_fell_by_more_than_the_share_is_doubted(long bytes, long rows, int doubts) =>
        Assert.Equal(doubts, Measures(bytes, ("main", rows), ("empty", 0)).DoubtsSince(Proven, "abcd", 0.5).Count);

    [Fact]
    public void The_share_is_the_users()
    {
        Assert.Empty(Measures(0, ("main", 0), ("empty", 0)).DoubtsSince(Proven, "abcd", 1));
        Assert.Equal(2, Measures(999, ("main", 99), ("empty", 0)).DoubtsSince(Proven, "abcd", 0).Count);
    }

    [Fact]
    public void A_database_that_is_gone_is_doubted_and_named_harmlessly()
    {
        var doubt = Assert.Single(Measures(1000).DoubtsSince(Measures(1000, ("ma\u001bin", 1)), "abcd", 0.5));
        Assert.Contains("ma\\x1bin is not in it", doubt, StringComparison.Ordinal);
        Assert.Contains("abcd", doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_sizes_are_not_compared() =>
        Assert.Empty(new SnapshotMeasures(null, Proven.Rows).DoubtsSince(Proven, "abcd", 0.5));

    [Fact]
    public void A_database_whose_rows_nobody_counted_is_not_compared() =>
        Assert.Empty((Measures(1000, ("main", 0), ("empty", 0)) with { Uncounted = ["main"] }).DoubtsSince(Proven, "abcd", 0.5));

    [Fact]
    public void A_table_that_is_lost_among_larger_ones_is_doubted_and_named()
    {
        var proven = OneDatabase(("orders", 2000), ("people", 500), ("settings", 12));

        var gone = Assert.Single(OneDatabase(("orders", 2000), ("settings", 12)).DoubtsSince(proven, "abcd", 0.5));
        var emptied = Assert.Single(OneDatabase(("orders", 2000), ("people", 200), ("settings", 12)).DoubtsSince(proven, "abcd", 0.5));

        Assert.Equal("the table people of the database main is not in it, and had 500 rows in the proven snapshot abcd", gone);
        Assert.Equal("the table people of the database main has 200 rows, and had 500 in the proven snapshot abcd", emptied);
    }

    [Fact]
    public void A_few_rows_come_and_go_and_parts_of_indexes_are_tidied_up()
    {
        var proven = OneDatabase(("orders", 2000), ("sessions", 15), ("empty", 0), ("search", 900), ("search_data", 300), ("sqlite_stat1", 40));

        Assert.Empty(OneDatabase(("orders", 2000), ("sessions", 0), ("search", 900), ("search_data", 3)).DoubtsSince(proven, "abcd", 0.5));
        Assert.Contains("sessions", Assert.Single(OneDatabase(("orders", 2000), ("search", 900), ("search_data", 300)).DoubtsSince(proven, "abcd", 0.5)), StringComparison.Ordinal);
    }

    private static SnapshotMeasures Measures(long bytes, params (string Name, long Rows)[] databases) =>
        new(bytes, databases.ToDictionary(database => database.Name, database => Tables(("rows", database.Rows))));

    private static SnapshotMeasures OneDatabase(params (string Name, long Rows)[] tables) =>
        new(1000, new Dictionary<string, IReadOnlyDictionary<string, long>>(StringComparer.Ordinal) { ["main"] = Tables(tables) });

    private static IReadOnlyDictionary<string, long> Tables(params (string Name, long Rows)[] tables) => tables.ToDictionary(table => table.Name, table => table.Rows);
}
