using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Engine.Manifest;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class ManifestErrorsTests
{
    [Theory]
    [InlineData("repositories: {}", 4, 15, "repositories", "at least one entry")]
    [InlineData("repositories: { r: /backups }", 4, 20, "repositories.r", "expected a mapping, found text")]
    [InlineData("repositories: { r: { path: '~/b' } }", 4, 28, "repositories.r.path", "with '~'")]
    [InlineData("repositories: { r: { } }", 4, 20, "repositories.r", "nothing is given")]
    [InlineData("repositories: { '../r': { path: /b } }", 4, 17, "repositories.../r", "the name \"../r\" does not fit")]
    [InlineData("repositories: { r: { path: /b }, s: { path: /x/../b/ } }", 4, 45, "repositories.s.path",
        "same place as repositories.r.path")]
    public void Names_the_place_of_a_wrong_repository(string line, int row, int column, string path, string message)
    {
        CheckOnlyError("application: a\nfiles:\n  all: [.]\n" + line, row, column, path, message);
    }

    [Theory]
    [InlineData("databases: { m: { sqlite: ../x.db } }", 27, "databases.m.sqlite", "leaves the root")]
    [InlineData("databases: { m: { sqlite: [x.db] } }", 27, "databases.m.sqlite", "expected text, found a list")]
    [InlineData("databases: { m: { sqlite: a, assertions: [''] } }", 43, "databases.m.assertions[0]", "is empty")]
    [InlineData("databases: { m: { sqlite: a }, n: { sqlite: ./a } }", 45, "databases.n.sqlite", "same place as databases.m.sqlite")]
    [InlineData("files: { c: config.yaml }", 13, "files.c", "expected a list, found text")]
    [InlineData("files: { c: [a/../../b] }", 14, "files.c[0]", "leaves the root")]
    [InlineData("files: { c: [\\../a] }", 14, "files.c[0]", "leaves the root")]
    [InlineData("files: { c: ['\\../*/a'] }", 14, "files.c[0]", "leaves the root")]
    [InlineData("files: { c: ['[a'] }", 14, "files.c[0]", "without its ']'")]
    [InlineData("files: { c: [] }", 13, "files.c", "the list is empty")]
    [InlineData("databases: {}", 12, "databases", "at least one entry")]
    [InlineData("files:", 7, "files", "has no value")]
    public void Names_the_place_of_a_wrong_selection(string line, int column, string path, string message)
    {
        CheckOnlyError("application: a\nrepositories: { r: { path: /b } }\n" + line, 3, column, path, message);
    }

    [Theory]
    [InlineData("passphrase: hunter2", 13, "passphrase", "expected a mapping, found text")]
    [InlineData("passphrase: { }", 13, "passphrase", "nothing is given")]
    [InlineData("passphrase: { env: A, file: b }", 13, "passphrase", "only one of these can be used: env, file")]
    [InlineData("passphrase: { env: '1A' }", 20, "passphrase.env", "does not fit")]
    [InlineData("passphrase: { command: 'a \"b' }", 24, "passphrase.command", "quote that is not closed")]
    [InlineData("passphrase: { command: [] }", 24, "passphrase.command", "the list is empty")]
    [InlineData("exclude: ['!a']", 11, "exclude[0]", "starts with '!'")]
    [InlineData("exclude: ['*.{a,b}']", 11, "exclude[0]", "braces")]
    [InlineData("servise: { systemd: x }", 1, "servise", "unknown key \"servise\"")]
    [InlineData("Exclude: [a]", 1, "Exclude", "unknown key \"Exclude\"")]
    [InlineData("application: again", 1, "application", "already given on line 1")]
    [InlineData("root: &r /srv", 7, "root", "anchors")]
    [InlineData("root: !!str /srv", 7, "root", "tags")]
    [InlineData("? [a]\n: b", 3, "", "a key must be text")]
    [InlineData("---\nb: c", 1, "", "second document")]
    public void Names_the_place_of_everything_else(string line, int column, string path, string message)
    {
        CheckOnlyError(ManifestText.Smallest + line, 4, column, path, message);
    }

    [Fact]
    public void Never_repeats_a_passphrase_that_stands_in_the_manifest()
    {
        var result = ManifestText.Read(ManifestText.Smallest + "passphrase: hunter2");

        Assert.DoesNotContain("hunter2", result.ToException().ToString(), StringComparison.Ordinal);
        Assert.Contains("{ env: NAME }", result.Errors[0].Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Finds_a_bracket_that_is_not_closed()
    {
        var error = ManifestText.OnlyError("application: a\nfiles:\n  all: [.\nexclude: [b]\n");

        Assert.InRange(error.Line, 3, 4);
        Assert.Contains("not YAML", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application: a\nfiles:\n\tall: [.]\n")]
    [InlineData("application: a\nfiles: { c: [a] }\n\troot: /x\n")]
    public void Says_that_a_tab_is_the_trouble(string yaml)
    {
        var error = ManifestText.OnlyError(yaml);

        Assert.Equal((3, 1), (error.Line, error.Column));
        Assert.Contains("tab", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_that_a_star_in_front_wants_quotes()
    {
        var error = ManifestText.OnlyError(ManifestText.Smallest + "exclude:\n  - **/*.tmp\n");

        Assert.Equal(5, error.Line);
        Assert.Contains("quoted", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_aliases_before_they_unfold()
    {
        var bomb = new StringBuilder("x-a0: &a0 [lol]\n");
        for (var i = 1; i < 30; i++)
        {
            bomb.Append($"x-a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        var result = ManifestText.Read(ManifestText.Smallest + bomb);

        Assert.Equal(30 + (29 * 10), result.Errors.Count);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("a, ")]
    [InlineData("\"")]
    [InlineData("x-a: 1\n")]
    [InlineData("#\n")]
    [InlineData("\n ")]
    public async Task Hostile_text_of_full_size_is_answered(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, (ManifestReader.LargestSize / piece.Length) - 2));

        var reading = Task.Run(() => ManifestText.Read(text), TestContext.Current.CancellationToken);

        // One that takes exponential time takes for ever.
        Assert.NotEmpty((await reading.WaitAsync(Conditions.Deadline, TestContext.Current.CancellationToken)).Errors);
    }

    [Theory]
    [InlineData("aplication", "application")]
    [InlineData("appliaction", "application")]
    [InlineData("REPOSITORIES", "repositories")]
    [InlineData("repository", "repositories")]
    [InlineData("passprase", "passphrase")]
    public void Suggests_the_key_that_was_meant(string written, string meant)
    {
        var error = Assert.Single(ManifestText.Read(ManifestText.Smallest + written + ": { }").Errors, error => error.Path == written);

        Assert.Equal($"did you mean '{meant}'?", error.Hint);
    }

    [Fact]
    public void Lists_the_keys_when_nothing_is_near()
    {
        var error = ManifestText.OnlyError(ManifestText.Smallest + "schedule: daily");

        Assert.StartsWith("known here: application, root,", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_no_terminal_escapes_from_the_file()
    {
        var result = ManifestText.Read(ManifestText.Smallest + "\"\\e[2J\\n\": 1\napplicatio\u202En: b\n");

        Assert.Equal(2, result.Errors.Count);
        Assert.DoesNotContain(result.Errors, error => error.Describe("f").Any(c => char.IsControl(c) || c == '\u202E'));
    }

    [Fact]
    public void Answers_any_text_with_a_manifest_or_errors()
    {
        var pieces = Gen.Elements(
            "a", "application", ": ", ":\n", "\n", "  ", "- ", "[", "]", "{", "}", ", ", "'", "\"", "&a ", "*a", "!!x ", "|\n", ">-\n",
            "? ", "\t", "#",
            "---\n", "...\n", "%YAML 1.1\n", "\\", "\0", "é", "\u2028", "<<", "~", "sqlite", "databases", "files", "\r", "@", "`", "%");
        var texts = pieces.ListOf().Select(list => string.Concat(list));

        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var result = ManifestText.Read(text);
            return (result.Manifest is null) == (result.Errors.Count > 0) && result.Errors.All(error => error.Line > 0 && error.Column > 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    private static void CheckOnlyError(string yaml, int line, int column, string path, string message)
    {
        var error = ManifestText.OnlyError(yaml);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column, path), (error.Line, error.Column, error.Path));
    }
}
