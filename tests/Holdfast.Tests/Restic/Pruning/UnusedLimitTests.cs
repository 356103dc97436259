using Holdfast.Restic.Pruning;
using Xunit;

namespace Holdfast.Tests.Restic.Pruning;

public sealed class UnusedLimitTests
{
    [Theory]
    [InlineData("5%", 1900, 100)]
    [InlineData("0%", 1900, 0)]
    [InlineData("50%", 1900, 1900)]
    [InlineData("12.5%", 700, 100)]
    [InlineData("0", 1000, 0)]
    [InlineData("200k", 1, 204_800)]
    [InlineData("1.5M", 1, 1_572_864)]
    [InlineData("2G", 1, 2_147_483_648)]
    [InlineData("unlimited", 1, long.MaxValue)]
    public void Allows_what_it_says(string text, long used, long allowed) => Assert.Equal(allowed, UnusedLimit.TryParse(text)!.Allows(used));

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("-1%")]
    [InlineData("100%")]
    [InlineData("NaN%")]
    [InlineData("-5")]
    [InlineData("5X")]
    [InlineData("99999999T")]
    [InlineData("1e9")]
    public void Refuses_what_is_none(string text) => Assert.Null(UnusedLimit.TryParse(text));
}
