using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Engine.Manifest;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("*.tmp", "a.tmp", true)]
    [InlineData("*.tmp", "x/y/a.tmp", true)]
    [InlineData("*.tmp", "a.tmp/b", false)]
    [InlineData("x/*.tmp", "x/a.tmp", true)]
    [InlineData("x/*.tmp", "w/x/a.tmp", false)]
    [InlineData("x/*.tmp", "x/y/a.tmp", false)]
    [InlineData("**/a", "a", true)]
    [InlineData("**/a", "x/y/a", true)]
    [InlineData("x/**/a", "x/a", true)]
    [InlineData("x/**/a", "x/y/z/a", true)]
    [InlineData("x/**", "x", false)]
    [InlineData("x/**", "x/y/z", true)]
    [InlineData("**/a/**/b", "a/a/c/b", true)]
    [InlineData("**/a/**/b", "b/a", false)]
    [InlineData("a/b", "a/b", true)]
    [InlineData("*", ".hidden", true)]
    [InlineData("?", "é", true)]
    [InlineData("?", "ab", false)]
    [InlineData("*??", "€", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[!a-c]x", "bx", false)]
    [InlineData("[^a-c]x", "dx", true)]
    [InlineData("[]a]", "]", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[é-ü]", "ö", true)]
    [InlineData("[\\]]", "]", true)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "a", false)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("A", "a", false)]
    [InlineData("\\{a\\}", "{a}", true)]
    public void Matches_as_gitignore_does(string pattern, string path, bool expected)
    {
        Assert.Equal(expected, PathPattern.Parse(pattern).IsMatch(Encoding.UTF8.GetBytes(path), isFolder: false));
    }

    [Fact]
    public void Anchored_patterns_stay_in_the_first_folder()
    {
        var pattern = PathPattern.ParseAnchored("*.yaml");

        Assert.True(pattern.IsMatch("a.yaml"u8, isFolder: false));
        Assert.False(pattern.IsMatch("x/a.yaml"u8, isFolder: false));
    }

    [Fact]
    public void A_final_slash_means_folders_only()
    {
        var pattern = PathPattern.Parse("cache/");

        Assert.True(pattern.IsMatch("x/cache"u8, isFolder: true));
        Assert.False(pattern.IsMatch("x/cache"u8, isFolder: false));
    }

    [Fact]
    public void Matches_names_that_are_not_utf8()
    {
        byte[] name = [(byte)'a', 0xFF, 0xFE, (byte)'b'];

        Assert.True(PathPattern.Parse("a??b").IsMatch(name, isFolder: false));
        Assert.True(PathPattern.Parse("a*").IsMatch(name, isFolder: false));
        Assert.True(PathPattern.Parse("a[!x]?b").IsMatch(name, isFolder: false));
        Assert.False(PathPattern.Parse("a[x-\U0010FFFF]?b").IsMatch(name, isFolder: false));
        Assert.False(PathPattern.Parse("a?b").IsMatch(name, isFolder: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData("[a")]
    [InlineData("[z-a]")]
    [InlineData("a\\")]
    [InlineData("!a")]
    [InlineData("{a,b}")]
    public void Refuses_what_could_never_match_as_meant(string pattern)
    {
        Assert.NotNull(PathPattern.Problem(pattern));
        Assert.Throws<ArgumentException>(() => PathPattern.Parse(pattern));
    }

    [Theory]
    [InlineData("*a", 300)]
    [InlineData("**/*a/", 100)]
    [InlineData("[!b]*", 200)]
    public async Task Hostile_patterns_take_no_exponential_time(string piece, int times)
    {
        var pattern = PathPattern.Parse(string.Concat(Enumerable.Repeat(piece, times)) + "c");
        var path = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("aaaa/", 800)) + new string('a', 255));

        var matching = Task.Run(() => pattern.IsMatch(path, isFolder: false), TestContext.Current.CancellationToken);

        Assert.False(await matching.WaitAsync(Conditions.Deadline, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Agrees_with_the_same_pattern_as_a_regular_expression()
    {
        var patterns = Gen.Elements("a", "b", "*", "?", "[ab]", "[!a]", "é", "/", "**/", "/**/").NonEmptyListOf().Select(list =>
            string.Concat(list))
            .Where(text => PathPattern.Problem(text) is null && !text.Contains("***", StringComparison.Ordinal)
                && !Regex.IsMatch(text, @"[^/]\*\*|\*\*[^/]", RegexOptions.NonBacktracking));
        var paths = Gen.Elements("a", "b", "é", "ab", "/", "c").NonEmptyListOf().Select(list => string.Concat(list))
            .Where(text => !text.StartsWith('/') && !text.EndsWith('/') && !text.Contains("//", StringComparison.Ordinal));

        Prop.ForAll(patterns.ToArbitrary(), paths.ToArbitrary(), (pattern, path) =>
        {
            var expected = Regex.IsMatch(path, ToRegex(pattern), RegexOptions.NonBacktracking);
            return PathPattern.ParseAnchored(pattern).IsMatch(Encoding.UTF8.GetBytes(path), isFolder: true) == expected;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Escaped_text_means_itself()
    {
        var names = Gen.Elements('a', '*', '?', '[', ']', '{', '\\', '!', '~', 'é', ' ').NonEmptyListOf().Select(list =>
            string.Concat(list));

        Prop.ForAll(names.ToArbitrary(), name =>
            !PathPattern.HasWildcards(PathPattern.Escape(name))
            && PathPattern.Unescape(PathPattern.Escape(name)) == name
            && PathPattern.Parse(PathPattern.Escape(name)).IsMatch(
                Encoding.UTF8.GetBytes(name), isFolder: false)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("*.tmp", "/anywhere/a.tmp", true)]
    [InlineData("data/cache", "/srv/app/data/cache", true)]
    [InlineData("data/cache", "/srv/other/data/cache", false)]
    [InlineData("data/cache", "/srv/application/data/cache", false)]
    [InlineData("/var/**/x", "/var/a/x", true)]
    [InlineData("/x", "/srv/app/x", false)]
    public void Exclusions_see_names_root_paths_and_absolute_paths(string pattern, string path, bool expected)
    {
        var exclusions = new Exclusions("/srv/app", [PathPattern.Parse(pattern)]);

        Assert.Equal(expected, exclusions.IsExcluded(Encoding.UTF8.GetBytes(path), isFolder: true));
    }

    private static string ToRegex(string pattern)
    {
        var regex = new StringBuilder("^(?:");
        var text = pattern.Trim('/');
        for (var i = 0; i < text.Length; i++)
        {
            if (string.CompareOrdinal(text, i, "**/", 0, 3) == 0 && (i == 0 || text[i - 1] == '/'))
            {
                regex.Append("(?:[^/]+/)*");
                i += 2;
            }
            else if (text[i..] == "**" && (i == 0 || text[i - 1] == '/'))
            {
                regex.Append(".+");
                i++;
            }
            else
            {
                regex.Append(text[i] switch { '*' => "[^/]*", '?' => "[^/]", '!' => "^", var other => other.ToString() });
            }
        }

        return regex.Append(")\\z").ToString().Replace("[^a]", "[^a/]", StringComparison.Ordinal);
    }
}
