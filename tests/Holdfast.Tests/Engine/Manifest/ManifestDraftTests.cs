using FsCheck;
using FsCheck.Fluent;
using Holdfast.Engine.Manifest.Drafting;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class ManifestDraftTests
{
    [Fact]
    public void Sorts_an_applications_folder()
    {
        var found = Classify(
            "app.yaml", ".env", ".env.local", "data/", "data/app.db!", "data/app.db-wal", "data/app.db-shm", "data/no-ending!", "certs/",
            "certs/a.pem", "server.key",
            "logs/", "logs/a.log", "x.log.1", ".git/", ".git/config.json", "node_modules/", "node_modules/p/package.json", "uploads/",
            "uploads/1.jpg", "uploads/2.jpg",
            "bk/", "bk/config", "bk/data/", "bk/keys/", "bk/index/", "bk/snapshots/", "holdfast.yaml");

        Assert.Equal([new DiscoveredDatabase("app", "data/app.db"), new DiscoveredDatabase("no_ending", "data/no-ending")],
            found.Databases);
        Assert.Equal([".env", ".env.local", "app.yaml"], found.Configuration.Order(StringComparer.Ordinal));
        Assert.Equal(["certs", "server.key"], found.Certificates);
        Assert.Equal(
            [".git/", "bk/", "logs/", "node_modules/", "uploads/", "x.log.1"],
            found.LeftOut.Select(left => left.Path).Order(StringComparer.Ordinal));
        Assert.Contains(found.LeftOut, left =>
            left.Path == "uploads/" && left.Reason.StartsWith("2 not recognised", StringComparison.Ordinal));
        Assert.Contains(found.LeftOut, left => left is { Path: "bk/", Reason: "a backup repository" });
    }

    [Fact]
    public void Many_files_of_a_kind_become_a_pattern()
    {
        var found = Classify([.. Enumerable.Range(0, 6).Select(i => $"set[s]/{i}.json"), "set[s]/one.toml"]);

        Assert.Equal(["set\\[s]/*.json", "set\\[s]/one.toml"], found.Configuration);
    }

    [Fact]
    public void Databases_of_one_name_get_numbers()
    {
        var found = Classify("a/app.db!", "b/app.db!", "c/app2.db!", "Ümlaut.db!", "x-y.db!");

        Assert.Equal(5, found.Databases.Select(database => database.Name).Distinct().Count());
        Assert.Empty(ManifestText.Read(Draft(found)).Errors);
    }

    [Fact]
    public void The_draft_says_what_it_leaves_out()
    {
        var draft = Draft(Classify("a.db!", "logs/", "odd\u001b[2J.txt"));

        Assert.Contains("#   logs/: logs\n", draft, StringComparison.Ordinal);
        Assert.Contains("odd\\u{1b}[2J.txt: not recognised", draft, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_which_nothing_is_recognised_is_saved_whole()
    {
        var manifest = ManifestText.Read(Draft(Classify("readme.txt"))).Require();

        Assert.Equal("/srv/orchard", Assert.Single(manifest.Files).Selections[0].Path);
    }

    [Theory]
    [InlineData("My App", "my-app")]
    [InlineData("x", "x")]
    [InlineData("---", "application")]
    [InlineData("Ünï", "n")]
    public void An_application_is_named_after_its_folder(string folder, string name)
    {
        Assert.Equal(name, ManifestDraftOptions.ApplicationNameFrom(folder));
    }

    [Fact]
    public void Any_draft_is_read_back_with_exactly_the_names_it_was_given()
    {
        var pieces = Gen.Elements(
            "a", "no", "1", ".", "..", " ", "\n", "\t", "'", "\"", "\\", "#", ":", ": ", "-", "- ", "[", "]", "{", "*", "?", "!", "~",
            "&", "@", "`", "%", "é", "😀",
            "\u202E", "\u0085", "\uFEFF", "\u2028", "\u001b", "|", ">", "null", ",", "<<", "=");
        var names = pieces.NonEmptyListOf().Select(list => string.Concat(list)).Where(name => name is not ("." or ".."));
        var paths = names.NonEmptyListOf().Select(list => string.Join('/', list.Take(3)));

        Prop.ForAll(paths.ToArbitrary(), paths.ToArbitrary(), paths.ToArbitrary(), (database, file, repository) =>
        {
            var found = new DiscoveryResult(
                [new DiscoveredDatabase("main", database)], [Holdfast.Engine.Manifest.PathPattern.Escape(file)], [],
                [new LeftOut(file, "odd")]);
            var manifest = ManifestText.Read(ManifestDraft.Write(
                new ManifestDraftOptions(
                    ManifestDraftOptions.ApplicationNameFrom(file), null, found, "/r/" + repository, "/p/" + file))).Require();
            return manifest.Databases[0].Path == "/srv/orchard/" + database
                && manifest.Files[0].Selections[0].Path == "/srv/orchard/" + file
                && manifest.Repositories[0].Path == "/r/" + repository;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static string Draft(DiscoveryResult found) =>
        ManifestDraft.Write(new ManifestDraftOptions("orchard", null, found, "/backups", null));

    // "name!" is a SQLite file, "name/" a folder.
    private static DiscoveryResult Classify(params string[] listing) => Discovery.Classify(
        listing.Select(text => new DiscoveredEntry(text.TrimEnd('/', '!'), text.EndsWith('/'), text.EndsWith('!'))), repositoryPath: null);
}
