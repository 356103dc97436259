using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

public sealed class SelectedFilesTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public SelectedFilesTests()
    {
        foreach (var name in (string[])["a.yaml", "b.yaml", "b.txt", "conf/c.yaml", "conf/deep/d.yaml", "cache/e.yaml"]) _temp.WriteFile(name, "x");
    }

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("a.yaml", "a.yaml")]
    [InlineData("missing.yaml", "missing.yaml")]
    [InlineData("*.yaml", "a.yaml b.yaml")]
    [InlineData("**/*.yaml", "a.yaml b.yaml cache/e.yaml conf/c.yaml conf/deep/d.yaml")]
    [InlineData("conf/*", "conf/c.yaml conf/deep")]
    [InlineData("conf/*/", "conf/deep")]
    [InlineData("con?", "conf")]
    [InlineData("nowhere/*", "nowhere")]
    [InlineData("a.yaml/*", "")]
    public void Finds_what_is_there_now(string entry, string expected) => Assert.Equal(expected, Select(entry));

    [Fact]
    public void What_is_left_out_is_not_found() => Assert.Equal("a.yaml b.yaml conf/c.yaml", Select("**/*.yaml", "cache", "deep/"));

    [Fact]
    public void A_pattern_below_a_linked_folder_finds_what_is_there_and_follows_no_other_links()
    {
        Directory.CreateSymbolicLink(_temp["current"], _temp["conf"]);
        Assert.Equal("current/c.yaml current/deep", Select("current/*"));
        Assert.Equal("a.yaml b.yaml cache/e.yaml conf/c.yaml conf/deep/d.yaml", Select("**/*.yaml"));
    }

    private string Select(string entry, params string[] exclude)
    {
        var selection = FileSelection.Parse(entry, _temp.Path);
        var found = SelectedFiles.Of(selection, new Exclusions(_temp.Path, [.. exclude.Select(PathPattern.Parse)]));
        return string.Join(' ', found.Order().Select(path => path.ToString()[(_temp.Path.Length + 1)..]));
    }
}
