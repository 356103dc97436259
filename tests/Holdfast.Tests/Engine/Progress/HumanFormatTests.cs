using Holdfast.Engine.Progress;
using Xunit;

namespace Holdfast.Tests.Engine.Progress;

public sealed class HumanFormatTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "0.98 KiB")]
    [InlineData(1024, "1.00 KiB")]
    [InlineData(10_239, "10.0 KiB")]
    [InlineData(102_399, "100 KiB")]
    [InlineData(1_023_487, "999 KiB")]
    [InlineData(1_023_999, "0.98 MiB")]
    [InlineData(1_268_776, "1.21 MiB")]
    [InlineData(1L << 30, "1.00 GiB")]
    [InlineData(long.MaxValue, "8192 PiB")]
    public void Sizes_have_three_digits(long bytes, string expected) => Assert.Equal(expected, HumanFormat.Size(bytes));

    [Theory]
    [InlineData(0, "0.00 s")]
    [InlineData(0.424, "0.42 s")]
    [InlineData(9.999, "10.0 s")]
    [InlineData(12.34, "12.3 s")]
    [InlineData(59.97, "1 min 00 s")]
    [InlineData(245, "4 min 05 s")]
    [InlineData(3599.7, "1 h 00 min")]
    [InlineData(7999, "2 h 13 min")]
    [InlineData(360_000, "100 h 00 min")]
    public void Durations_read_like_a_clock(double seconds, string expected) => Assert.Equal(expected, HumanFormat.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Times_are_local() => Assert.Equal(
        "2026-01-05 14:30:00",
        HumanFormat.Time(new DateTimeOffset(2026, 1, 5, 12, 30, 0, TimeSpan.Zero), TimeZoneInfo.CreateCustomTimeZone("two", TimeSpan.FromHours(2), "two", "two")));

    [Theory]
    [InlineData(0, "0 files")]
    [InlineData(1, "1 file")]
    [InlineData(1234567, "1,234,567 files")]
    public void Counts_agree_with_their_word(long number, string expected) => Assert.Equal(expected, HumanFormat.Count(number, "file", "files"));
}
