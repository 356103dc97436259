using Holdfast.Engine.Drills;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

public sealed class BudgetTests
{
    private static readonly DrillRecord Last = ProofStoreTests.Drill(ProofStoreTests.Stored("last", "1")) with { Duration = TimeSpan.FromSeconds(10), Bytes = 100 };

    [Fact]
    public void A_drill_is_expected_to_take_as_long_as_the_last_for_its_bytes()
    {
        Assert.Equal(TimeSpan.FromSeconds(25), BudgetForecast.Expected(Last, 250));
        Assert.Equal(TimeSpan.FromSeconds(10), BudgetForecast.Expected(Last, null));
        Assert.Equal(TimeSpan.FromSeconds(10), BudgetForecast.Expected(Last with { Bytes = 0 }, 250));
    }

    [Fact]
    public void Nothing_is_expected_before_the_first()
    {
        Assert.Null(BudgetForecast.Expected(null, 250));
        Assert.Null(new ProofBook([Last with { Proven = false }]).LastDrilled);
    }

    [Fact]
    public async Task No_drill_begins_when_the_time_is_up()
    {
        var clock = new ManualTimeProvider();
        StoredSnapshot[] snapshots = [.. new[] { "3", "2", "1" }.Select(name => ProofStoreTests.Stored(name, name))];
        var drills = new UnprovenDrills(
            ProofBook.Empty,
            (_, _) =>
            {
                clock.Advance(TimeSpan.FromMinutes(6));
                return Task.FromResult(Result(proven: true));
            },
            clock);
        var result = await drills.ExecuteAsync(snapshots, TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken);
        Assert.Equal([snapshots[0], snapshots[1]], result.Drilled.Select(drill => drill.Snapshot));
        Assert.Equal([snapshots[2]], result.Left);
        Assert.True(result.AllProven);
    }

    [Fact]
    public async Task The_first_is_drilled_even_when_the_time_was_up_before_it()
    {
        var stored = ProofStoreTests.Stored("1", "1");
        var drills = new UnprovenDrills(ProofBook.Empty, (_, _) => Task.FromResult(Result(proven: true)), TimeProvider.System);
        var result = await drills.ExecuteAsync([stored], TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Equal(stored, Assert.Single(result.Drilled).Snapshot);
    }

    private static DrillResult Result(bool proven) => new()
    {
        Proven = proven,
        Duration = TimeSpan.Zero,
        RestoreDuration = TimeSpan.Zero,
        Checks = [],
        Bytes = 0,
        Files = 0,
        Databases = 0,
        Notices = [],
    };
}
