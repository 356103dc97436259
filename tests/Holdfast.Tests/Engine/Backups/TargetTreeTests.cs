using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

public sealed class TargetTreeTests
{
    [Theory]
    [InlineData("/a/b", "/a(b!)")]
    [InlineData("/a/b /a/c", "/a(b! c!)")]
    [InlineData("/a/b/c /a", "/a!(b(c!))")]
    [InlineData("/a /a", "/a!")]
    [InlineData("/ /x", "!/x!")]
    [InlineData("/b /a /c", "/a! b! c!")]
    public void Merges_targets_from_the_root(string targets, string expected) =>
        Assert.Equal(expected, Describe(TargetTree.Of(targets.Split(' ').Select(FilePath.From))));

    [Fact]
    public void Knows_what_is_wanted_directly_in_a_folder()
    {
        var tree = TargetTree.Of([FilePath.From("/a/b")]);
        var a = tree.Child(FilePath.From("/a"));
        Assert.NotNull(a);
        Assert.NotNull(a.Child(FilePath.From("/a/b")));
        Assert.Null(tree.Child(FilePath.From("/a/b")));
        Assert.Null(a.Child(FilePath.From("/a/c")));
    }

    private static string Describe(TargetTree root) => $"{(root.IsTarget ? "!" : string.Empty)}/{Inside(root)}";

    private static string Inside(TargetTree tree) => string.Join(' ', tree.Children.Select(child =>
        $"{child.Path.Name.Length switch { 0 => "?", _ => System.Text.Encoding.UTF8.GetString(child.Path.Name.Span) }}{(child.IsTarget ? "!" : string.Empty)}"
        + (child.Children.Count > 0 ? $"({Inside(child)})" : string.Empty)));
}
