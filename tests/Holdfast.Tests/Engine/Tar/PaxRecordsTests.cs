using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Tar;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Engine.Tar;

public sealed class PaxRecordsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(91)]
    [InlineData(92)]
    [InlineData(93)]
    [InlineData(990)]
    [InlineData(991)]
    public void The_length_in_front_counts_itself(int valueLength)
    {
        var pax = new PaxRecords();

        pax.Add("k", new string('v', valueLength));

        var text = Encoding.UTF8.GetString(pax.Bytes.Span);
        Assert.Equal(pax.Bytes.Length, int.Parse(text.Split(' ')[0], null));
        Assert.EndsWith("v\n", text.Replace("=\n", "=v\n", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000_000_000, 123_456_789, "1000000000.123456789")]
    [InlineData(10, 0, "10")]
    [InlineData(-5, 250_000_000, "-4.75")]
    [InlineData(-10, 0, "-10")]
    public void Times_are_decimal_numbers(long seconds, int nanoseconds, string expected)
    {
        var pax = new PaxRecords();

        pax.AddTime("mtime", new Timestamp(seconds, nanoseconds, 0));

        Assert.EndsWith($" mtime={expected}\n", Encoding.UTF8.GetString(pax.Bytes.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8u, 1u)]
    [InlineData(4096u, 256u)]
    [InlineData(0xfffffffeu, 0xfffffffdu)]
    public void Device_numbers_come_apart_as_they_were_put_together(uint major, uint minor)
    {
        var device = DeviceNumber.Make(major, minor);

        Assert.Equal((major, minor), (DeviceNumber.MajorOf(device), DeviceNumber.MinorOf(device)));
    }
}
