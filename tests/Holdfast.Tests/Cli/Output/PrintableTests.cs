using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Xunit;

namespace Holdfast.Tests.Cli.Output;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain \"quoted\" back\\slash ä 日本 🜁", "plain \"quoted\" back\\slash ä 日本 🜁")]
    [InlineData("a\u001b[31mb", "a\\u{1b}[31mb")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("csi\u009b31m del\u007f", "csi\\u{9b}31m del\\u{7f}")]
    [InlineData("txt.\u202Eexe", "txt.\\u{202e}exe")]
    [InlineData("line\u2028separator", "line\\u{2028}separator")]
    public void A_line_obeys_nothing(string text, string expected) => Assert.Equal(expected, Printable.Line(text));

    [Fact]
    public void Text_keeps_its_line_feeds_only() => Assert.Equal("one\ntwo\\u{1b}", Printable.Text("one\ntwo\u001b"));

    [Fact]
    public void A_name_that_was_escaped_before_stays_as_it_is()
    {
        var name = PrintableName.Escape("new\nline \"quote\" \u001b \u202e");
        Assert.Equal(name, Printable.Line(name));
        // A real control character beside it does not escape it again.
        Assert.Equal(name + "\\u{7}", Printable.Line(name + "\a"));
    }

    [Fact]
    public void Half_a_character_becomes_the_sign_for_that() => Assert.Equal("a\uFFFDb", Printable.Line("a\ud800b"));
}
