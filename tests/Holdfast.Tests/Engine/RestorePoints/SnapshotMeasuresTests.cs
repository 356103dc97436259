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

    private static SnapshotMeasures Measures(long bytes, params (string Name, long Rows)[] databases) =>
        new(bytes, databases.ToDictionary(database => database.Name, database => database.Rows));
}
