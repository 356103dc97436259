using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.RestorePoints;

public sealed class TimeExpressionTests
{
    private const string Berlin = "Europe/Berlin";
    private const string NewYork = "America/New_York";

    [Theory]
    [InlineData("2026-01-05 14:30", "2026-01-05T14:30:00+01:00")]
    [InlineData(" 2026-01-05  9:05 ", "2026-01-05T09:05:00+01:00")]
    [InlineData("2026-07-05 14:30", "2026-07-05T14:30:00+02:00")]
    [InlineData("2026-01-05", "2026-01-05T00:00:00+01:00")]
    [InlineData("2026-01-05T14:30:05", "2026-01-05T14:30:05+01:00")]
    [InlineData("2026-01-05T14:30:05.25", "2026-01-05T14:30:05.25+01:00")]
    [InlineData("2026-01-05T14:30:05.123456789Z", "2026-01-05T14:30:05.1234567Z")]
    [InlineData("2026-01-05T14:30:05Z", "2026-01-05T14:30:05Z")]
    [InlineData("2026-01-05 14:30 +05:30", "2026-01-05T14:30:00+05:30")]
    [InlineData("2026-01-05T14:30-0800", "2026-01-05T14:30:00-08:00")]
    [InlineData("2026-01-05T14:30+01", "2026-01-05T14:30:00+01:00")]
    [InlineData("today 08:00", "2026-08-15T08:00:00+02:00")]
    [InlineData("yesterday 14:30", "2026-08-14T14:30:00+02:00")]
    [InlineData("yesterday", "2026-08-14T00:00:00+02:00")]
    [InlineData("90min", "2026-08-15T10:30:00+02:00")]
    [InlineData("2h", "2026-08-15T10:00:00+02:00")]
    [InlineData("2 h ago", "2026-08-15T10:00:00+02:00")]
    [InlineData("3d", "2026-08-12T12:00:00+02:00")]
    [InlineData("1w", "2026-08-08T12:00:00+02:00")]
    public void Reads_what_people_write(string text, string expected)
    {
        var time = Parse(text, Berlin);

        Assert.Equal(DateTimeOffset.Parse(expected, null), time.Instant);
        Assert.Null(time.Notice);
    }

    [Theory]
    [InlineData("2026-01-05 14:30:05", "2026-01-05T14:30:05.9999999+01:00")]
    [InlineData("2026-01-05T14:30:05Z", "2026-01-05T14:30:05.9999999Z")]
    [InlineData("yesterday 14:30:00", "2026-08-14T14:30:00.9999999+02:00")]
    [InlineData("2026-01-05T14:30:05.25", "2026-01-05T14:30:05.25+01:00")]
    [InlineData("2026-01-05 14:30", "2026-01-05T14:30:00+01:00")]
    [InlineData("2026-01-05", "2026-01-05T00:00:00+01:00")]
    [InlineData("2h", "2026-08-15T10:00:00+02:00")]
    public void A_second_that_is_written_is_all_of_it(string text, string last) =>
        Assert.Equal(DateTimeOffset.Parse(last, null), Parse(text, Berlin).Last);

    [Fact]
    public void A_second_that_no_clock_has_shown_does_not_reach_beyond_the_gap()
    {
        var time = Parse("2026-03-29 02:30:00", Berlin);
        Assert.Equal(time.Instant, time.Last);
    }

    [Theory]
    [InlineData("10:30")]
    [InlineData(" 9:05:07")]
    public void A_time_without_a_day_is_asked_for_the_day(string text)
    {
        var error = Assert.Throws<HoldfastException>(() => Parse(text, Berlin));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("of which day", error.Message, StringComparison.Ordinal);
        Assert.Contains($"\"yesterday {text.Trim()}\"", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("14:30")]
    [InlineData("2026-13-05")]
    [InlineData("2026-02-29")]
    [InlineData("2026-01-05 24:00")]
    [InlineData("2026-01-05 14:60")]
    [InlineData("2026-01-05 14:30 CET")]
    [InlineData("2026-01-05 14:30 +15:00")]
    [InlineData("2026-01-05 14:30\n")]
    [InlineData("05.01.2026")]
    [InlineData("0001-01-01")]
    [InlineData("3m")]
    [InlineData("-2h")]
    [InlineData("٢h")]
    [InlineData("10:30 ago")]
    [InlineData("\u001b[31m")]
    public void Refuses_the_rest_in_words(string text)
    {
        var error = Assert.Throws<HoldfastException>(() => Parse(text, Berlin));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.NotNull(error.Hint);
    }

    [Theory]
    [InlineData("2026-03-29 02:00", Berlin, "2026-03-29T01:00:00Z")]
    [InlineData("2026-03-29 02:30", Berlin, "2026-03-29T01:00:00Z")]
    [InlineData("2026-03-29 02:59:59", Berlin, "2026-03-29T01:00:00Z")]
    [InlineData("2026-03-08 02:15", NewYork, "2026-03-08T07:00:00Z")]
    public void A_time_that_clocks_never_showed_is_the_moment_before_they_were_put_forward(string text, string zone, string change)
    {
        var time = Parse(text, zone);

        Assert.Equal(DateTimeOffset.Parse(change, null).AddTicks(-1), time.Instant);
        Assert.Contains("never", time.Notice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-10-25 02:00", Berlin, "2026-10-25T00:00:00Z", "2026-10-25T02:00:00+01:00")]
    [InlineData("2026-10-25 02:30", Berlin, "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+01:00")]
    [InlineData("2026-11-01 01:59:59", NewYork, "2026-11-01T05:59:59Z", "2026-11-01T01:59:59-05:00")]
    public void Of_a_time_that_clocks_showed_twice_the_first_is_taken_and_the_second_is_named(string text, string zone, string first, string second)
    {
        var time = Parse(text, zone);

        Assert.Equal(DateTimeOffset.Parse(first, null), time.Instant);
        Assert.Contains(second, time.Notice, StringComparison.Ordinal);
        Assert.Equal(DateTimeOffset.Parse(second, null), Parse(second, zone).Instant);
    }

    [Theory]
    [InlineData("2026-03-29 01:59:59", "2026-03-29T00:59:59Z")]
    [InlineData("2026-03-29 03:00", "2026-03-29T01:00:00Z")]
    [InlineData("2026-10-25 01:59:59", "2026-10-24T23:59:59Z")]
    [InlineData("2026-10-25 03:00", "2026-10-25T02:00:00Z")]
    public void Right_beside_a_change_there_is_no_doubt(string text, string expected)
    {
        var time = Parse(text, Berlin);

        Assert.Equal(DateTimeOffset.Parse(expected, null), time.Instant);
        Assert.Null(time.Notice);
    }

    [Fact]
    public void A_day_that_was_left_out_has_no_moment() =>
        Assert.Equal(DateTimeOffset.Parse("2011-12-30T10:00:00Z", null).AddTicks(-1), Parse("2011-12-30 12:00", "Pacific/Apia").Instant);

    [Fact]
    public void Every_moment_of_a_year_comes_back_from_the_clock_on_the_wall()
    {
        foreach (var name in new[] { Berlin, NewYork, "Australia/Lord_Howe" })
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
            for (var time = DateTimeOffset.Parse("2026-01-01T00:00:00Z", null); time.Year == 2026; time = time.AddMinutes(30))
            {
                var local = TimeZoneInfo.ConvertTime(time, zone);
                var read = Parse(local.ToString("yyyy-MM-dd HH:mm:ss", null), name);
                Assert.True(read.Instant == time || (read.Notice is not null && read.Instant < time && time - read.Instant <= TimeSpan.FromHours(1)), $"{local} {name}");
            }
        }
    }

    private static TimeExpression Parse(string text, string zone) => TimeExpression.Parse(text, new ClockOf(zone));

    private sealed class ClockOf(string zone) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.FindSystemTimeZoneById(zone);

        public override DateTimeOffset GetUtcNow() => new(2026, 8, 15, 10, 0, 0, TimeSpan.Zero);
    }
}
