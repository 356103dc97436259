using FsCheck;
using FsCheck.Fluent;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic.Format;

public sealed class TimestampTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    // Years 0 to 9999 whatever the offset.
    private static readonly Gen<Timestamp> Times =
        from day in Gen.Choose(-719_527, 2_932_895)
        from second in Gen.Choose(0, 86_399)
        from nanoseconds in Gen.OneOf(Gen.Constant(0), Gen.Choose(0, 999_999_999), Gen.Choose(0, 999).Select(n => n * 1_000_000))
        from offset in Gen.OneOf(Gen.Constant(0), Gen.Choose(-23 * 60, 23 * 60))
        select new Timestamp((day * 86_400L) + second, nanoseconds, offset);

    [Theory]
    [InlineData(1_600_000_000, 123_456_789, "2020-09-13T14:26:40.123456789+02:00")]
    [InlineData(1_600_000_000, 100_000_000, "2020-09-13T14:26:40.1+02:00")]
    [InlineData(1_700_000_000, 0, "2023-11-14T23:13:20+01:00")]
    [InlineData(-2, 500_000_000, "1970-01-01T00:59:58.5+01:00")]
    public void Writes_the_offset_of_the_zone_at_that_instant(long seconds, int nanoseconds, string text) =>
        Assert.Equal(text, Timestamp.FromUnix(seconds, nanoseconds, Berlin).ToString());

    [Theory]
    [InlineData(0, 0, 0, "1970-01-01T00:00:00Z")]
    [InlineData(0, 1, 0, "1970-01-01T00:00:00.000000001Z")]
    [InlineData(0, 0, -210, "1969-12-31T20:30:00-03:30")]
    [InlineData(951_782_400, 0, 0, "2000-02-29T00:00:00Z")]
    [InlineData(-62_135_596_801, 0, 0, "0000-12-31T23:59:59Z")]
    [InlineData(-62_167_219_200, 0, 0, "0000-01-01T00:00:00Z")]
    [InlineData(253_402_300_799, 999_999_999, 0, "9999-12-31T23:59:59.999999999Z")]
    public void Writes_rfc_3339_without_trailing_zeros(long seconds, int nanoseconds, int offset, string text)
    {
        var time = new Timestamp(seconds, nanoseconds, offset);
        Assert.Equal(text, time.ToString());
        Assert.Equal(time, Timestamp.Parse(text));
    }

    [Theory]
    [InlineData(-62_167_219_201, "0000-12-31T23:59:59Z")]
    [InlineData(253_402_300_800, "9999-01-01T00:00:00Z")]
    [InlineData(253_407_398_400, "9999-03-01T00:00:00Z")]
    public void Clamps_years_and_keeps_the_day(long seconds, string text) => Assert.Equal(text, new Timestamp(seconds, 0, 0).ToString());

    [Theory]
    [InlineData(long.MinValue, "0000-")]
    [InlineData(long.MaxValue, "9999-")]
    public void Survives_any_second_a_file_system_can_hold(long seconds, string start)
    {
        Assert.StartsWith(start, Timestamp.FromUnix(seconds, 0, Berlin).ToString(), StringComparison.Ordinal);
        Assert.True(Timestamp.TryParse(new Timestamp(seconds, 0, 60).ToString(), out _));
    }

    [Theory]
    [InlineData("2020-01-02T03:04:05.1234567899999Z", 123_456_789)]
    [InlineData("2020-01-02T03:04:05,5Z", 500_000_000)]
    [InlineData("2020-01-02T03:04:05.000Z", 0)]
    public void Truncates_long_fractions_and_accepts_a_comma(string text, int nanoseconds) =>
        Assert.Equal(new Timestamp(1_577_934_245, nanoseconds, 0), Timestamp.Parse(text));

    [Theory]
    [InlineData("2020-01-02t03:04:05Z")]
    [InlineData("2020-01-02T03:04:05z")]
    [InlineData("2020-01-02T03:04:05+0200")]
    [InlineData("2020-01-02T03:04:05")]
    [InlineData("2020-01-02T03:04:60Z")]
    [InlineData("2020-01-02T24:04:00Z")]
    [InlineData("2020-01-02T03:04:05.Z")]
    [InlineData("2020-13-02T03:04:05Z")]
    [InlineData("2021-02-29T03:04:05Z")]
    [InlineData("2020-01-00T03:04:05Z")]
    [InlineData("2020-01-02 03:04:05Z")]
    [InlineData("2020-01-02T03:04:05Z ")]
    [InlineData("2020-01-02T03:04:05+02:60")]
    [InlineData("20-01-02T03:04:05Z")]
    [InlineData("")]
    public void Refuses_what_restic_refuses(string text) => Assert.False(Timestamp.TryParse(text, out _));

    [Fact]
    public void Unset_is_the_first_second_of_year_one()
    {
        Assert.Equal("0001-01-01T00:00:00Z", Timestamp.Unset.ToString());
        Assert.Equal(Timestamp.Unset, Timestamp.Parse("0001-01-01T00:00:00Z"));
    }

    [Fact]
    public void Orders_by_instant_but_equals_by_offset_too()
    {
        var utc = Timestamp.Parse("2020-01-02T03:00:00Z");
        var berlin = Timestamp.Parse("2020-01-02T04:00:00+01:00");
        Assert.Equal(0, utc.CompareTo(berlin));
        Assert.NotEqual(utc, berlin);
        Assert.True(utc < new Timestamp(utc.UnixSeconds, 1, 600));
    }

    [Fact]
    public void Every_time_survives_writing_and_reading() => Property.Check(Times, 2000, time => Timestamp.Parse(time.ToString()) == time);

    [Fact]
    public void The_calendar_agrees_with_that_of_dotnet() => Property.Check(Times, 2000, time =>
    {
        if (Math.Abs(time.OffsetMinutes) > 14 * 60 || time.UnixSeconds < Timestamp.Unset.UnixSeconds + 86_400) return true;
        var wanted = time.ToDateTimeOffset();
        var text = wanted.ToString("yyyy-MM-ddTHH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        return time.ToString().StartsWith(text, StringComparison.Ordinal)
            && Timestamp.FromDateTimeOffset(wanted) == time with { Nanoseconds = time.Nanoseconds / 100 * 100 };
    });

    [Fact]
    public void Times_dotnet_cannot_hold_become_its_ends()
    {
        Assert.Equal(DateTimeOffset.MinValue, new Timestamp(-62_135_596_801, 0, 0).ToDateTimeOffset());
        Assert.Equal(DateTimeOffset.MaxValue, new Timestamp(long.MaxValue, 0, 0).ToDateTimeOffset());
        Assert.Equal(TimeSpan.Zero, new Timestamp(0, 0, 15 * 60).ToDateTimeOffset().Offset);
    }
}
