using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic.Format;

public sealed class GoQuotingTests
{
    /// <summary>Raw names in Latin-1 (a character a byte) and their bytes in a tree, section 7.3.</summary>
    public static TheoryData<string, string> NamesInTrees => new()
    {
        { "quote\"d", @"quote\\\""d" },
        { @"back\slash", @"back\\\\slash" },
        { "tab\there", @"tab\\there" },
        { "new\nline", @"new\\nline" },
        { "del\u007fx", @"del\\x7fx" },
        { "esc\u001bx", @"esc\\x1bx" },
        { "nul1\u0001", @"nul1\\x01" },
        { "<html>&amp;", @"\u003chtml\u003e\u0026amp;" },
        { "apos'", "apos'" },
        { "bad\u00ff\u00feutf8", @"bad\\xff\\xfeutf8" },
        { "surr\u00ed\u00a0\u0080", @"surr\\xed\\xa0\\x80" },
        { Utf8("nbsp\u00a0x"), @"nbsp\\u00a0x" },
        { Utf8("shy\u00adx"), @"shy\\u00adx" },
        { Utf8("zwj\u200dx"), @"zwj\\u200dx" },
        { Utf8("ls\u2028x"), @"ls\\u2028x" },
        { Utf8("pua\ue000"), @"pua\\ue000" },
        { Utf8("astralpua\U000f0000"), @"astralpua\\U000f0000" },
        { Utf8("ünï-日本"), "ünï-日本" },
        { Utf8("emoji😀"), "emoji😀" },
        { Utf8("\ufffd"), "\ufffd" },
        { "bell\a\b\v\f\r", @"bell\\a\\b\\v\\f\\r" },
    };

    [Theory]
    [MemberData(nameof(NamesInTrees))]
    public void Names_are_quoted_twice_as_restic_does(string latin1, string json)
    {
        var raw = Encoding.Latin1.GetBytes(latin1);
        var output = new ArrayBufferWriter<byte>();
        JsonText.WriteString(output, GoQuoting.Quote(raw));
        Assert.Equal($"\"{json}\"", Encoding.UTF8.GetString(output.WrittenSpan));
        var read = JsonSerializer.Deserialize<string>(output.WrittenSpan)!;
        Assert.Equal(raw, GoQuoting.Unquote(Encoding.UTF8.GetBytes(read)));
    }

    [Fact]
    public void Link_targets_are_escaped_once()
    {
        var output = new ArrayBufferWriter<byte>();
        JsonText.WriteString(output, Encoding.Latin1.GetBytes("bad\u00ff<t>&\"\b\f\u0001"));
        Assert.Equal(@"""bad\ufffd\u003ct\u003e\u0026\""\u0008\u000c\u0001""", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("a\u2028\u2029b", @"""a\u2028\u2029b""")]
    [InlineData("\r\n\t/'+\u007f", "\"\\r\\n\\t/'+\u007f\"")]
    [InlineData("😀", "\"😀\"")]
    public void Json_strings_are_written_as_go_writes_them(string value, string json)
    {
        var output = new ArrayBufferWriter<byte>();
        JsonText.WriteString(output, value);
        Assert.Equal(json, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Lone_surrogates_are_replaced()
    {
        var output = new ArrayBufferWriter<byte>();
        JsonText.WriteString(output, "a\ud800b");
        Assert.Equal(@"""a\ufffdb""", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData(@"\101\x41\u0041\U00000041A", "AAAAA")]
    [InlineData(@"\xAb", "\u00ab")]
    [InlineData(@"\377", "\u00ff")]
    public void Reads_every_escape_of_go(string quoted, string latin1) =>
        Assert.Equal(Encoding.Latin1.GetBytes(latin1), GoQuoting.Unquote(Encoding.UTF8.GetBytes(quoted)));

    [Theory]
    [InlineData(@"\'")]
    [InlineData(@"\")]
    [InlineData(@"\q")]
    [InlineData(@"\x4")]
    [InlineData(@"\xg0")]
    [InlineData(@"\400")]
    [InlineData(@"\18")]
    [InlineData(@"\189")]
    [InlineData(@"\ud800")]
    [InlineData(@"\U00110000")]
    [InlineData(@"\U0000004")]
    [InlineData("a\"b")]
    [InlineData("a\nb")]
    public void Refuses_what_go_cannot_unquote(string quoted)
    {
        Assert.False(GoQuoting.TryUnquote(Encoding.UTF8.GetBytes(quoted), out _));
        Assert.Throws<FormatException>(() => GoQuoting.Unquote(Encoding.UTF8.GetBytes(quoted)));
    }

    [Fact]
    public void Any_bytes_survive_quoting() => Property.Check(Property.AwkwardBytes, 2000, raw =>
        GoQuoting.Unquote(Encoding.UTF8.GetBytes(GoQuoting.Quote(raw))).AsSpan().SequenceEqual(raw));

    [Fact]
    public void Quoted_names_hold_no_control_characters() => Property.Check(Property.AwkwardBytes, 1000, raw =>
        !GoQuoting.Quote(raw).Any(c => char.IsControl(c) || c == '\ufffd' && raw.AsSpan().IndexOf("\ufffd"u8) < 0));

    private static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
