using Holdfast.Engine.Verification;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Engine.Verification;

public sealed class PackRotationTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Fact]
    public void Daily_runs_read_every_pack_within_the_period_and_about_as_much_each_day()
    {
        var packs = Packs(90);
        var records = new Dictionary<Id, PackRecord>();
        var largest = 0;
        for (var day = 0; day < 120; day++)
        {
            var now = Now.AddDays(day);
            if (day == 50) packs = [.. packs, .. Packs(90, from: 90)];
            foreach (var pack in packs) records.TryAdd(pack.Handle.Id, new PackRecord(now, null));
            var due = PackRotation.Due(packs, records, Month, now);
            largest = Math.Max(largest, due.Count);
            foreach (var pack in due) records[pack.Handle.Id] = records[pack.Handle.Id] with { Verified = now };
            Assert.All(records.Values, record => Assert.True((record.Verified ?? record.Seen) > now.AddDays(1) - Month - TimeSpan.FromHours(1)));
        }

        Assert.InRange(largest, 3, 12);
        var coverage = PackRotation.Coverage(packs, records, Month, Now.AddDays(119).AddHours(1));
        Assert.Equal((180, 180_000L, 180, 180_000L), (coverage.Packs, coverage.Bytes, coverage.VerifiedPacks, coverage.VerifiedBytes));
    }

    [Fact]
    public void New_packs_come_first_then_those_verified_longest_ago()
    {
        var packs = Packs(4);
        var records = new Dictionary<Id, PackRecord>
        {
            [packs[0].Handle.Id] = new(Now.AddDays(-90), Now.AddDays(-10)),
            [packs[1].Handle.Id] = new(Now.AddDays(-90), Now.AddDays(-20)),
            [packs[2].Handle.Id] = new(Now, null),
            [packs[3].Handle.Id] = new(Now.AddDays(-90), Now.AddDays(-5)),
        };

        Assert.Equal([packs[2], packs[1], packs[0], packs[3]], PackRotation.Due(packs, records, TimeSpan.FromDays(9), Now));
        Assert.Equal([packs[2]], PackRotation.Due(packs, records, Month, Now));
    }

    [Fact]
    public void What_a_wrong_clock_said_counts_for_nothing()
    {
        var packs = Packs(30);
        var records = packs.ToDictionary(pack => pack.Handle.Id, _ => new PackRecord(Now.AddYears(5), Now.AddYears(5)));

        Assert.Equal(0, PackRotation.Coverage(packs, records, Month, Now).VerifiedPacks);
        Assert.Single(PackRotation.Due(packs, records, Month, Now));
    }

    [Fact]
    public void After_a_long_time_without_a_run_all_that_is_overdue_is_read()
    {
        var packs = Packs(30);
        var records = packs.ToDictionary(pack => pack.Handle.Id, _ => new PackRecord(Now.AddDays(-200), Now.AddDays(-100)));

        Assert.Equal(30, PackRotation.Due(packs, records, Month, Now).Count);
    }

    [Theory]
    [InlineData("30d", 720)]
    [InlineData("2w", 336)]
    [InlineData("36h", 36)]
    public void Reads_periods(string text, int hours) => Assert.Equal(TimeSpan.FromHours(hours), VerificationPeriod.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("0d")]
    [InlineData("-1d")]
    [InlineData("30")]
    [InlineData("30m")]
    [InlineData("60000w")]
    public void Refuses_what_is_no_period(string text) => Assert.Null(VerificationPeriod.TryParse(text));

    private static StoredFile[] Packs(int count, int from = 0) =>
        [.. Enumerable.Range(from, count).Select(number => new StoredFile(new FileHandle(FileType.Pack, Id.Of([(byte)number])), 1000)).OrderBy(pack => pack.Handle.Id)];
}
