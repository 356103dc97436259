using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Files;

public sealed class FilePathTests
{
    [Theory]
    [InlineData("/a//b/./c/", "/a/b/c")]
    [InlineData("./a", "a")]
    [InlineData("a/../b", "a/../b")]
    [InlineData("//", "/")]
    [InlineData("./", ".")]
    [InlineData("/", "/")]
    [InlineData("/.", "/")]
    public void Drops_what_means_nothing_and_keeps_parents(string text, string expected) =>
        Assert.Equal(expected, FilePath.From(text).ToString());

    [Theory]
    [InlineData("x/../../../y", "/home", "/y")]
    [InlineData("../b", "/home/a", "/home/b")]
    [InlineData("/a/../../b/.", "/home", "/b")]
    [InlineData(".", "/home", "/home")]
    [InlineData("..", "/", "/")]
    public void Resolves_parents_in_absolute_paths(string text, string current, string expected) =>
        Assert.Equal(expected, FilePath.Absolute(text, FilePath.From(current)).ToString());

    [Theory]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a", "/a", true)]
    [InlineData("/ab", "/a", false)]
    [InlineData("/a", "/a/b", false)]
    [InlineData("/x", "/", true)]
    public void Knows_what_is_under_what(string path, string other, bool expected) =>
        Assert.Equal(expected, FilePath.From(path).IsUnder(FilePath.From(other)));

    [Theory]
    [InlineData("/a/b/c", "/a", "/x/y", "/x/y/b/c")]
    [InlineData("/a", "/a", "/x", "/x")]
    [InlineData("/a/b", "/", "/x", "/x/a/b")]
    [InlineData("/a/b", "/a", "/", "/b")]
    public void Moves_to_another_folder(string path, string from, string to, string expected) =>
        Assert.Equal(expected, FilePath.From(path).Rebase(FilePath.From(from), FilePath.From(to)).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void Refuses_names_that_lead_elsewhere(string name) =>
        Assert.Throws<HoldfastException>(() => FilePath.From("/a").Combine(Encoding.UTF8.GetBytes(name)));

    [Fact]
    public void Splits_into_parent_and_name()
    {
        var path = FilePath.From("/a").Combine([0xFF, (byte)'x']);
        Assert.Equal([0xFF, (byte)'x'], path.Name.ToArray());
        Assert.Equal(FilePath.From("/a"), path.Parent);
        Assert.Equal(FilePath.Root, path.Parent!.Parent);
        Assert.Null(FilePath.Root.Parent);
        Assert.Null(FilePath.From("a").Parent);
        Assert.Empty(FilePath.Root.Components);
        Assert.Equal(2, path.Components.Count);
        Assert.Equal("/a", FilePath.Root.Combine("a").ToString());
        Assert.Equal("/a/db-wal", FilePath.From("/a/db").WithSuffix("-wal").ToString());
    }

    [Fact]
    public void Is_refused_when_empty_or_with_nul()
    {
        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => FilePath.From("")).Kind);
        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => FilePath.From("a\0b")).Kind);
        Assert.Equal(FailureKind.Usage, Assert.Throws<HoldfastException>(() => FilePath.From("\ud800")).Kind);
    }

    [Theory]
    [InlineData("plain é 日本", "plain é 日本")]
    [InlineData("\u001b[31m\n\t\"\\", "\\x1b[31m\\n\\t\\\"\\\\")]
    [InlineData("a\u202Eb\u2028\u0085\u007f", "a\\u{202e}b\\u{2028}\\u{85}\\x7f")]
    public void Displays_without_harm(string name, string expected) => Assert.Equal(expected, FilePath.From(name).Display);

    [Fact]
    public void Displays_bytes_that_are_not_text() =>
        Assert.Equal("caf\\xe9\\xff!", FilePath.From([0x63, 0x61, 0x66, 0xE9, 0xFF, 0x21]).Display);

    [Fact]
    public void Display_never_holds_control_characters() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => !PrintableName.Escape(bytes).Any(char.IsControl)).QuickCheckThrowOnFailure();

    [Fact]
    public void Combining_and_splitting_are_inverse() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var name = bytes.Where(b => b is not 0 and not (byte)'/').Append((byte)'n').ToArray();
            var path = FilePath.From("/parent").Combine(name);
            return path.Name.Span.SequenceEqual(name) && path.Parent == FilePath.From("/parent") && FilePath.From(path.Span) == path;
        }).QuickCheckThrowOnFailure();
}
