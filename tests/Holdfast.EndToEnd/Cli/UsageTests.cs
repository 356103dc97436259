using Holdfast.Restic;
using Holdfast.Restic.Crypto;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>What is named wrongly: commands, repositories, keys, snapshots, manifests.</summary>
public sealed class UsageTests : WorkplaceTests
{
    [Theory]
    [InlineData("frobnicate")]
    [InlineData("list --no-such-option")]
    [InlineData("restore --only")]
    [InlineData("restore --target --yes")]
    [InlineData("list --repository --quiet")]
    [InlineData("show latest more")]
    [InlineData("list --limit 0")]
    [InlineData("list --before someday")]
    [InlineData("dump")]
    public async Task A_wrong_command_line_is_exit_code_2_in_words_and_in_JSON(string arguments)
    {
        var words = (await Place.Holdfast.TryRunAsync(arguments.Split(' '))).Expect(2);
        Assert.StartsWith("error: ", words.Error, StringComparison.Ordinal);

        (await Place.JsonAsync(2, arguments.Split(' '))).ExpectFailure(2, string.Empty);
    }

    [Theory]
    [InlineData("operations", "resume")]
    [InlineData("config", "check")]
    public async Task A_noun_alone_shows_its_verbs(string noun, string verb)
    {
        var shown = (await Place.Holdfast.TryRunAsync(noun)).Expect(2);

        Assert.Contains($"\n  {verb} ", shown.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Required command", shown.Error, StringComparison.Ordinal);
        (await Place.JsonAsync(2, noun)).ExpectFailure(2, string.Empty);
    }

    [Theory]
    [InlineData("lst", "there is no command \"holdfast lst\"", "did you mean `holdfast list`?")]
    [InlineData("operations lsit", "there is no command \"holdfast operations lsit\"", "did you mean `holdfast operations list`?")]
    [InlineData("frobnicate", "there is no command", "`holdfast --help` shows what there is")]
    public async Task A_misspelt_command_is_told_with_what_was_probably_meant(string arguments, string message, string hint)
    {
        var failure = await Place.JsonAsync(2, arguments.Split(' '));
        Assert.StartsWith(message, failure.Text("message"), StringComparison.Ordinal);
        Assert.StartsWith(hint, failure.Text("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Started_under_an_applications_name_without_its_manifest_says_where_that_belongs()
    {
        Place.Holdfast.With("HOLDFAST_REPOSITORY", null).With("HOLDFAST_INVOKED_AS", "shop");
        Assert.Contains("/etc/holdfast/shop.yaml", (await Place.JsonAsync(2, "list")).Text("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_is_one_line_or_one_document()
    {
        Assert.Matches(@"^(holdfast )?\d+\.\d+\.\d+\S*$", Assert.Single((await Place.Holdfast.RunAsync("--version")).OutputLines));

        Assert.Matches(@"^\d+\.\d+\.\d+", (await Place.JsonAsync(0, "--version")).Text("version"));
    }

    [Fact]
    public async Task Help_names_every_command()
    {
        var help = (await Place.Holdfast.RunAsync("--help")).Output;

        foreach (var command in new[] { "init", "backup", "list", "show", "diff", "ls", "dump", "restore", "rollback", "status", "operations", "drill", "verify", "export", "import", "archives", "config", "check", "unlock", "demo" })
            Assert.Contains($"\n  {command} ", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backup .")]
    [InlineData("list")]
    [InlineData("show latest")]
    [InlineData("restore latest --target x")]
    [InlineData("drill")]
    [InlineData("check")]
    [InlineData("unlock")]
    public async Task No_repository_is_exit_code_10(string arguments)
    {
        Place.Holdfast.With("HOLDFAST_REPOSITORY", Place["nowhere"]);

        var failure = await Place.JsonAsync(10, arguments.Split(' '));

        failure.ExpectFailure(10, Place["nowhere"]);
        Assert.Contains("init", failure.Text("hint"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Place["nowhere"]));
    }

    [Fact]
    public async Task A_wrong_key_is_exit_code_12_in_words_and_in_JSON()
    {
        Place.Holdfast.With("HOLDFAST_PASSPHRASE", "not the passphrase");

        var words = (await Place.Holdfast.TryRunAsync("list")).Expect(12);
        Assert.Contains(Place.Repository, words.Error, StringComparison.Ordinal);
        Assert.Contains("hint: ", words.Error, StringComparison.Ordinal);
        Assert.Empty(words.Output);
        (await Place.JsonAsync(12, "backup", Place.Application)).ExpectFailure(12, "passphrase");
    }

    [Fact]
    public async Task A_repository_of_a_newer_version_is_refused_and_not_touched()
    {
        (await Workplace.Initialise(Place["newer"], new RepositoryOptions { Version = 3, KeyCost = new ScryptParameters(1024, 8, 1) })).Dispose();
        var before = Directory.GetFiles(Place["newer"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        Place.Holdfast.With("HOLDFAST_REPOSITORY", Place["newer"]);

        (await Place.JsonAsync(1, "backup", Place.Application)).ExpectFailure(1, "newer version (3)");
        (await Place.JsonAsync(1, "list")).ExpectFailure(1, "newer version (3)");

        Assert.Equal(before, Directory.GetFiles(Place["newer"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_option_comes_before_the_variable_and_that_before_the_manifest()
    {
        var config = Place.Write("holdfast.yaml", $"application: shop\nfiles: {{ all: ['*'] }}\nrepositories: {{ local: {{ path: {Place["of-manifest"]} }} }}\n");

        await ExpectAsync(Place["of-option"], Place["of-variable"], "--repository", Place["of-option"]);
        await ExpectAsync(Place["of-variable"], Place["of-variable"]);
        await ExpectAsync(Place["of-manifest"], null);

        async Task ExpectAsync(string chosen, string? variable, params string[] options)
        {
            Place.Holdfast.With("HOLDFAST_REPOSITORY", variable);
            (await Place.JsonAsync(10, ["list", "--config", config, .. options])).ExpectFailure(10, chosen);
        }
    }

    [Fact]
    public async Task All_errors_of_a_manifest_are_told_at_once_with_their_place()
    {
        Place.Write("holdfast.yaml", "application: Shop!\ndatabses: { main: { sqlite: shop.db } }\nfiles: { all: ['../outside'] }\nrepositories: { local: { pth: /r } }\n");

        var refused = (await Place.Holdfast.TryRunInAsync(Place.Application, "backup")).Expect(2);

        foreach (var expected in new[] { "holdfast.yaml:1:14", "holdfast.yaml:2:1", "did you mean", "databases", "holdfast.yaml:3:", "holdfast.yaml:4:26", "path" })
            Assert.Contains(expected, refused.Error, StringComparison.Ordinal);
        (await Place.Holdfast.TryRunInAsync(Place.Application, "backup", "--json")).Expect(2).Json().ExpectFailure(2, "databses");
    }

    [Fact]
    public async Task A_manifest_that_is_named_and_missing_is_an_error()
    {
        (await Place.JsonAsync(2, "list", "--config", Place["missing.yaml"])).ExpectFailure(2, "missing.yaml");
    }

    [Fact]
    public async Task No_paths_and_no_manifest_says_what_to_do()
    {
        var refused = (await Place.Holdfast.TryRunInAsync(Place.Application, "backup", "--json")).Expect(2).Json();

        Assert.Contains("holdfast init", refused.Text("hint"), StringComparison.Ordinal);
    }
}
