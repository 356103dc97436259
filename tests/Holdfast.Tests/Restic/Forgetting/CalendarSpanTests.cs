using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic.Forgetting;

public sealed class CalendarSpanTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    [Theory]
    [InlineData("1y5m7d2h", 1, 5, 7, 2)]
    [InlineData("2h", 0, 0, 0, 2)]
    [InlineData("3d1y5d", 1, 0, 5, 0)]
    [InlineData("0d", 0, 0, 0, 0)]
    public void Reads_what_restic_reads(string text, int years, int months, int days, int hours) =>
        Assert.Equal(new CalendarSpan(years, months, days, hours), CalendarSpan.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("d")]
    [InlineData("-1d")]
    [InlineData("1w")]
    [InlineData("1d ")]
    [InlineData("99999999999999999999d")]
    [InlineData("200000d")]
    public void Refuses_the_rest(string text) => Assert.NotNull(CalendarSpan.TryParse(text, out _));

    [Fact]
    public void Text_is_what_restic_writes() => Assert.Equal("1y5m7d2h", CalendarSpan.Parse("7d2h1y5m").ToString());

    [Theory]
    [InlineData("2026-03-31T10:00:00Z", "1m", "2026-03-03T10:00:00Z")]
    [InlineData("2024-03-31T10:00:00Z", "1m", "2024-03-02T10:00:00Z")]
    [InlineData("2026-01-15T10:00:00Z", "1y1m20d1h", "2024-11-25T09:00:00Z")]
    [InlineData("2024-02-29T10:00:00Z", "1y", "2023-03-01T10:00:00Z")]
    [InlineData("2026-03-31T10:00:00+05:30", "2d", "2026-03-29T10:00:00+05:30")]
    public void Counts_back_by_the_calendar(string latest, string span, string expected) =>
        Assert.Equal(Timestamp.Parse(expected), CalendarSpan.Parse(span).Before(Timestamp.Parse(latest), TimeZoneInfo.Utc));

    [Fact]
    public void Where_the_zone_is_that_of_the_snapshot_its_summer_time_counts()
    {
        var latest = Timestamp.Parse("2026-04-10T12:00:00+02:00");

        Assert.Equal(Timestamp.Parse("2026-03-10T12:00:00+01:00"), CalendarSpan.Parse("1m").Before(latest, Berlin));
        Assert.Equal(Timestamp.Parse("2026-03-10T12:00:00+02:00"), CalendarSpan.Parse("1m").Before(latest, TimeZoneInfo.Utc));
    }

    [Theory]
    // The hour that does not exist, and the one that comes twice.
    [InlineData("2026-04-29T02:30:00+02:00", "Berlin", "2026-03-29T01:30:00Z")]
    [InlineData("2026-11-25T02:30:00+01:00", "Berlin", "2026-10-25T01:30:00Z")]
    [InlineData("2026-04-29T01:30:00+01:00", "London", "2026-03-29T01:30:00Z")]
    public void Where_hands_are_moved_the_moment_is_the_one_Go_finds(string latest, string zone, string expected)
    {
        var found = CalendarSpan.Parse("1m").Before(Timestamp.Parse(latest), zone == "Berlin" ? Berlin : London);

        Assert.Equal(Timestamp.Parse(expected).UnixSeconds, found.UnixSeconds);
    }
}
