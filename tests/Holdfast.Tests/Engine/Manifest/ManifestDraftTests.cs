using FsCheck;
using FsCheck.Fluent;
using Holdfast.Engine.Manifest.Drafting;
using Holdfast.Engine.Secrets;
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
            [".git/", "bk/", "node_modules/", "uploads/"],
            found.LeftOut.Select(left => left.Path).Order(StringComparer.Ordinal));
        Assert.Equal(["logs/", "x.log.1"], found.Logs);
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

        Assert.Contains("# logs/ is not saved: logs\n", draft, StringComparison.Ordinal);
        Assert.Contains("odd\\u{1b}[2J.txt: not recognised", draft, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_is_known_by_what_it_holds_too()
    {
        var found = Discovery.Classify(
            [new DiscoveredEntry("tls-chain", false, false, IsPem: true), new DiscoveredEntry("app.yaml", false, false, IsPem: true)], repositoryPath: null);

        Assert.Equal(["tls-chain"], found.Certificates);
        Assert.Equal(["app.yaml"], found.Configuration);
        Assert.True(PemFiles.HasBlock("subject=CN = here\n-----BEGIN CERTIFICATE-----\nMII"u8));
        Assert.True(PemFiles.HasBlock("-----BEGIN RSA PRIVATE KEY-----\n"u8));
        Assert.False(PemFiles.HasBlock("-----BEGIN PGP MESSAGE-----\n"u8));
        Assert.False(PemFiles.HasBlock("text about -----BEGIN CERTIFICATE-----\n"u8));
    }

    [Fact]
    public void The_tables_that_are_there_now_are_expected()
    {
        string[] tables = ["users", "a, b]", "#odd: \n", "no"];

        var manifest = ManifestText.Read(Draft(With(tables))).Require();

        Assert.Equal(tables, manifest.Databases[0].ExpectTables);
        Assert.Contains("# assertions: [\"select count(*) > 0 from users\"]", Draft(With(tables)), StringComparison.Ordinal);
    }

    [Fact]
    public void Very_many_tables_are_left_to_a_person_to_choose_from()
    {
        var twenty = Enumerable.Range(0, 20).Select(i => $"t{i}").ToArray();

        Assert.Equal(20, ManifestText.Read(Draft(With(twenty))).Require().Databases[0].ExpectTables.Count);
        var draft = Draft(With([.. twenty, "t20"]));
        Assert.Empty(ManifestText.Read(draft).Require().Databases[0].ExpectTables);
        Assert.Contains("# It has 21 tables.", draft, StringComparison.Ordinal);
        Assert.Contains("    #   - t19\n", draft, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_whose_tables_nobody_knows_is_declared_all_the_same()
    {
        Assert.Contains("could not be read", Draft(With(null)), StringComparison.Ordinal);
        Assert.Contains("no tables yet", Draft(With([])), StringComparison.Ordinal);
        Assert.Empty(ManifestText.Read(Draft(With([]))).Require().Databases[0].ExpectTables);
    }

    [Fact]
    public void The_passphrase_comes_from_where_it_came_from()
    {
        var options = new ManifestDraftOptions("orchard", null, With([]), "/backups", null);

        Assert.Equal(new PassphraseSource.EnvironmentVariable("HOLDFAST_PASSPHRASE"), Source(options));
        Assert.Equal(new PassphraseSource.SecretFile("/etc/key"), Source(options with { PassphraseFile = "/etc/key" }));
        var command = Assert.IsType<PassphraseSource.Command>(Source(options with { PassphraseCommand = ["pass", "show", "a: b"] }));
        Assert.Equal(["pass", "show", "a: b"], command.Arguments);

        static PassphraseSource? Source(ManifestDraftOptions options) => ManifestText.Read(ManifestDraft.Write(options)).Require().Passphrase;
    }

    [Fact]
    public void Every_backup_is_drilled_within_a_budget()
    {
        var drill = ManifestText.Read(Draft(With([]))).Require().Drill;

        Assert.True(drill.AfterBackup);
        Assert.Equal(TimeSpan.FromMinutes(5), drill.Budget);
    }

    [Fact]
    public void Its_examples_can_be_uncommented_as_they_stand()
    {
        var draft = Draft(With(["users"]));
        string[] examples = [DraftExamples.Service("orchard"), DraftExamples.Backup, DraftExamples.Archives("orchard")];
        foreach (var example in examples)
        {
            var commented = string.Concat(example.Split('\n').Select(line => $"# {line}\n"));
            Assert.Contains(commented, draft, StringComparison.Ordinal);
            draft = draft.Replace(commented, example + "\n", StringComparison.Ordinal);
        }

        var manifest = ManifestText.Read(draft).Require();

        Assert.NotNull(manifest.Service?.Health);
        Assert.Equal(0.5, manifest.Backup.SuspiciousDrop);
        Assert.Equal("/var/backups/orchard-files", Assert.Single(manifest.Archives).Folder);
        const string Head = "application: orchard\nrepositories: { local: { path: /backups } }\n";
        Assert.Empty(ManifestText.Read(Head + DraftExamples.Databases + "\n" + DraftExamples.Files).Errors);
    }

    [Fact]
    public void Nothing_is_called_not_saved_where_the_whole_folder_is()
    {
        Assert.DoesNotContain("ot saved", Draft(Classify("logs/", "logs/a.log", "readme.txt")), StringComparison.Ordinal);
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
                && manifest.Repositories[0].Address.Text == "/r/" + repository;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static DiscoveryResult With(IReadOnlyList<string>? tables) =>
        new([new DiscoveredDatabase("main", "a.db") { Tables = tables }], [], [], []);

    private static string Draft(DiscoveryResult found) =>
        ManifestDraft.Write(new ManifestDraftOptions("orchard", null, found, "/backups", null));

    // "name!" is a SQLite file, "name/" a folder.
    private static DiscoveryResult Classify(params string[] listing) => Discovery.Classify(
        listing.Select(text => new DiscoveredEntry(text.TrimEnd('/', '!'), text.EndsWith('/'), text.EndsWith('!'))), repositoryPath: null);
}
