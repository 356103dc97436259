using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Manifest.Schema;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class ManifestReaderTests
{
    [Fact]
    public void Reads_the_documented_example()
    {
        var manifest = ManifestText.Read(ManifestSchema.Example).Require();

        Assert.Equal("orchard", manifest.Application);
        Assert.Equal("/srv/orchard", manifest.Root);
        var database = Assert.Single(manifest.Databases);
        Assert.Equal(("main", "/srv/orchard/data/orchard.db"), (database.Name, database.Path));
        Assert.Equal(["trees", "harvests"], database.ExpectTables);
        Assert.Equal(["select count(*) > 0 from trees"], database.Assertions);
        Assert.Equal(["config", "certificates", "photos"], manifest.Files.Select(group => group.Name));
        Assert.Equal("/srv/orchard/.env", manifest.Files[0].Selections[1].Path);
        Assert.Null(manifest.Files[0].Selections[1].Pattern);
        Assert.Equal("/srv/orchard/photos", manifest.Files[2].Selections[0].Path);
        Assert.Equal("**/*.jpg", manifest.Files[2].Selections[0].Pattern!.Text);
        Assert.True(manifest.Exclude.IsExcluded("/srv/orchard/deep/x.tmp"u8, isFolder: false));
        Assert.Equal([new RepositoryDeclaration("local", RepositoryAddress.Of(FilePath.From("/var/backups/orchard")))], manifest.Repositories);
        Assert.Equal(new PassphraseSource.SecretFile("/etc/holdfast/orchard.key"), manifest.Passphrase);
    }

    [Fact]
    public void Resolves_paths_below_the_root_and_the_root_below_the_folder()
    {
        var manifest = ManifestText.Read("""
            application: orchard
            root: app/
            databases: { main: { sqlite: ./data//a.db }, far: { sqlite: /var/b.db } }
            files: { all: ["certs/", "/etc/orch*/x"] }
            repositories: { local: { path: ../../backups } }
            passphrase: { file: ../key }
            """).Require();

        Assert.Equal("/srv/orchard/app", manifest.Root);
        Assert.Equal(["/srv/orchard/app/data/a.db", "/var/b.db"], manifest.Databases.Select(database => database.Path));
        Assert.Equal(["/srv/orchard/app/certs", "/etc"], manifest.Files[0].Selections.Select(selection => selection.Path));
        Assert.Equal("/srv/backups", manifest.Repositories[0].Address.Text);
        Assert.Equal(new PassphraseSource.SecretFile("/srv/orchard/key"), manifest.Passphrase);
    }

    [Fact]
    public void Root_is_the_folder_of_the_manifest_unless_given()
    {
        Assert.Equal("/srv/orchard", ManifestText.Read(ManifestText.Smallest).Require().Root);
    }

    [Theory]
    [InlineData("no")]
    [InlineData("on")]
    [InlineData("1.10")]
    [InlineData("0o17")]
    [InlineData("2026-11-20")]
    [InlineData("null")]
    public void Takes_what_other_readers_convert_as_the_text_that_stands_there(string value)
    {
        var manifest = ManifestText.Read(
            ManifestText.Smallest.Replace("a.db }", $"a.db, expect_tables: [{value}] }}", StringComparison.Ordinal)).Require();

        Assert.Equal([value], manifest.Databases[0].ExpectTables);
    }

    [Theory]
    [InlineData("[pass, show, 'a b']")]
    [InlineData("pass show \"a b\"")]
    [InlineData("\"pass  show 'a b'\"")]
    public void Reads_a_passphrase_command_as_words(string command)
    {
        var manifest = ManifestText.Read(ManifestText.Smallest + $"passphrase: {{ command: {command} }}").Require();

        Assert.Equal(["pass", "show", "a b"], Assert.IsType<PassphraseSource.Command>(manifest.Passphrase).Arguments);
    }

    [Fact]
    public void Keeps_the_users_own_keys_out_of_everything()
    {
        var result = ManifestText.Read("""
            application: orchard
            x-top: { anything: [1, { deep: null }] }
            databases:
              x-common: text
              main: { sqlite: a.db, x-owner: anyone }
            repositories: { local: { path: /backups, x-rack: 4 } }
            passphrase: { env: KEY, x-note: rotated }
            """);

        Assert.Empty(result.Errors);
        Assert.Equal("main", Assert.Single(result.Manifest!.Databases).Name);
    }

    [Fact]
    public void Reads_windows_line_ends_and_a_byte_order_mark()
    {
        var yaml = "\uFEFF" + ManifestText.Smallest.Replace("\n", "\r\n", StringComparison.Ordinal);

        Assert.Equal("orchard", ManifestText.Read(yaml).Require().Application);
    }

    [Fact]
    public void Joins_all_errors_into_one_usage_failure_with_places()
    {
        var result = ManifestText.Read("""
            application: Orchard
            databses: {}
            files: { config: [a] }
            repositories: { local: { path: /b } }
            """);

        var failure = Assert.Throws<HoldfastException>(() => result.Require());

        Assert.Equal(FailureKind.Usage, failure.Kind);
        var lines = failure.Message.Split('\n');
        Assert.Equal("holdfast.yaml has 2 errors:", lines[0]);
        Assert.StartsWith("holdfast.yaml:1:14: application: \"Orchard\" does not fit here", lines[1], StringComparison.Ordinal);
        Assert.Equal("holdfast.yaml:2:1: databses: unknown key \"databses\" (did you mean 'databases'?)", lines[2]);
    }

    [Fact]
    public void Says_where_a_file_stops_being_utf8()
    {
        byte[] yaml = [.. Encoding.UTF8.GetBytes("application: é\nroot: \""), 0xFF];

        var error = Assert.Single(ManifestReader.Read(yaml, "holdfast.yaml", "/").Errors);

        Assert.Equal((2, 8), (error.Line, error.Column));
        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_file_over_one_mebibyte_unread()
    {
        var error = Assert.Single(ManifestReader.Read(new byte[ManifestReader.LargestSize + 1], "holdfast.yaml", "/").Errors);

        Assert.Contains("1 MiB", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    [InlineData("---\n...\n")]
    public void Says_that_an_empty_manifest_is_empty(string yaml)
    {
        Assert.Equal("the manifest is empty", ManifestText.OnlyError(yaml).Message);
    }
}
