using System.Text;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Initialization;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Keys;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Initialization;

/// <summary>What init makes of real folders.</summary>
public sealed class InitializationRunTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

    private readonly TempDirectory _temp = new();

    private string Folder => _temp.CreateDirectory("orchard");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Databases_are_known_by_their_header_and_everything_else_by_what_it_is()
    {
        Database("data/no-ending", "create table trees(id)");
        Write("data/not-one.db", "just text");
        Write("data/cut.sqlite", "SQLite format 3\0");
        Write("settings.toml", "a = 1\n");
        Write("tls-chain", Certificate);
        Write("log/app.log", "line\n");
        Write("notes.txt", "x");

        var (made, manifest) = await InitializeAsync();

        var database = Assert.Single(manifest.Databases);
        Assert.Equal((At("data/no-ending"), "no_ending"), (database.Path, database.Name));
        Assert.Equal(["trees"], database.ExpectTables);
        Assert.Equal([At("settings.toml")], Files(manifest, "config"));
        Assert.Equal([At("tls-chain")], Files(manifest, "certs"));
        Assert.True(made.HasContent);
        Assert.Contains("# log/ is not saved: logs", Yaml(), StringComparison.Ordinal);
        Assert.Contains("notes.txt: not recognised", Yaml(), StringComparison.Ordinal);
        Assert.Contains("data/: 2 not recognised", Yaml(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my data.db")]
    [InlineData("a: b #c.db")]
    [InlineData("*?[x]{y}.db")]
    [InlineData("'\"\\.db")]
    [InlineData("line\nbreak\u001b[2J.db")]
    [InlineData("-")]
    [InlineData("ünïcödé 🌳.db")]
    public async Task A_database_of_any_name_is_declared_under_exactly_that(string name)
    {
        Database(name, "create table t(id)");
        Write(Path.ChangeExtension(name, ".yaml"), "a: 1\n");

        var (made, manifest) = await InitializeAsync();

        Assert.Equal(At(name), Assert.Single(manifest.Databases).Path);
        Assert.Equal([At(Path.ChangeExtension(name, ".yaml"))], Files(manifest, "config"));
        Assert.DoesNotContain(made.Draft!.Summary, line => line.Any(char.IsControl));
    }

    [Fact]
    public async Task A_name_that_is_not_UTF_8_is_named_among_what_is_left_out()
    {
        Database("good.db", "create table t(id)");
        var odd = FilePath.From(Folder).Combine([(byte)'a', 0xFF, (byte)'.', (byte)'d', (byte)'b']);
        AtomicFile.Write(odd, await File.ReadAllBytesAsync(At("good.db"), Token));

        var (_, manifest) = await InitializeAsync();

        Assert.Equal(At("good.db"), Assert.Single(manifest.Databases).Path);
        Assert.Contains("its name is not UTF-8", Yaml(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_behind_a_link_is_found_and_other_links_are_named()
    {
        var elsewhere = _temp.CreateDirectory("elsewhere");
        Execute(Path.Combine(elsewhere, "real.db"), "create table t(id)");
        Directory.CreateSymbolicLink(At("dir"), elsewhere);
        File.CreateSymbolicLink(At("linked.db"), Path.Combine(elsewhere, "real.db"));
        File.CreateSymbolicLink(At("loop.db"), At("loop.db"));
        File.CreateSymbolicLink(At("gone.yaml"), At("nowhere.yaml"));

        var (_, manifest) = await InitializeAsync();

        Assert.Equal(At("linked.db"), Assert.Single(manifest.Databases).Path);
        Assert.Empty(manifest.Files);
        foreach (var name in new[] { "dir", "loop.db", "gone.yaml" }) Assert.Contains($"{name}: a symbolic link", Yaml(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_file_does_not_hold_it_up()
    {
        Database("a.db", "create table t(id)");
        (await RunningProcess.RunAsync("mkfifo", [At("pipe.db")])).Expect(0);

        var (_, manifest) = await InitializeAsync();

        Assert.Equal(At("a.db"), Assert.Single(manifest.Databases).Path);
    }

    [Fact]
    public async Task Where_nothing_is_recognised_the_whole_folder_is_saved()
    {
        Write("readme", "x");

        var (made, manifest) = await InitializeAsync();

        Assert.Equal(["nothing was recognised: the whole folder is saved"], made.Draft!.Summary);
        Assert.Equal(Folder, Assert.Single(manifest.Files).Selections[0].Path);
        Assert.True(made.HasContent);
    }

    [Fact]
    public async Task An_empty_folder_has_nothing_to_save_yet()
    {
        var (made, _) = await InitializeAsync();

        Assert.False(made.HasContent);
        Assert.True(File.Exists(At("backups/config")));
    }

    [Fact]
    public async Task The_key_that_is_drawn_is_in_its_file_and_its_sheet_only_and_both_are_private()
    {
        Database("a.db", "create table t(id)");

        var (made, manifest) = await InitializeAsync();

        var key = (await File.ReadAllTextAsync(At("holdfast.key"), Token)).Trim();
        Assert.Equal(new PassphraseSource.SecretFile(At("holdfast.key")), manifest.Passphrase);
        Assert.Equal([made.PassphraseFile!.ToString(), made.RecoverySheet!.ToString()], FilesWith(key));
        Assert.All(FilesWith(key), file => Assert.Equal(Private, File.GetUnixFileMode(file)));
        Assert.DoesNotContain(key, made.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(manifest.Files.SelectMany(group => group.Selections), selection => selection.Path.Contains("holdfast.key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_passphrase_that_comes_from_elsewhere_is_written_nowhere()
    {
        Database("a.db", "create table t(id)");

        var (made, manifest) = await InitializeAsync(new PassphraseSource.Command(["printf", "%s", "pear-plum"]));

        Assert.Null(made.RecoverySheet);
        Assert.Null(made.PassphraseFile);
        Assert.False(File.Exists(At("holdfast.key")));
        Assert.Equal(["printf", "%s", "pear-plum"], Assert.IsType<PassphraseSource.Command>(manifest.Passphrase).Arguments);
        Assert.Equal([At("holdfast.yaml")], FilesWith("pear-plum"));
    }

    [Theory]
    [InlineData("holdfast.key")]
    [InlineData("holdfast.key.recovery-sheet.txt")]
    [InlineData("backups/config")]
    public async Task What_could_be_the_last_copy_of_a_key_or_a_repository_stops_it_before_it_writes(string present)
    {
        Database("a.db", "create table t(id)");
        Write(present, "precious");
        var before = Everything();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => InitializeAsync());

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Equal(before, Everything());
    }

    [Fact]
    public async Task A_repository_on_the_disk_of_the_data_is_warned_of()
    {
        Database("a.db", "create table t(id)");

        var (made, _) = await InitializeAsync();

        Assert.Contains(made.Warnings, warning => warning.Contains("same file system", StringComparison.Ordinal));
    }

    private async Task<(InitializationResult Made, ApplicationManifest Manifest)> InitializeAsync(PassphraseSource? passphrase = null)
    {
        var options = new InitializationOptions
        {
            Folder = FilePath.From(Folder),
            Passphrase = passphrase,
            StateFolder = FilePath.From(_temp["state"]),
            Storage = new StorageOptions { Environment = _ => null, Notice = Assert.Fail },
            Identity = new ClientIdentity("host", "tester", Environment.ProcessId, 0, 0),
        };
        var made = await new InitializationRun(options, TimeProvider.System).ExecuteAsync(Token);
        return (made, ManifestReader.Read(await File.ReadAllBytesAsync(At("holdfast.yaml"), Token), "holdfast.yaml", Folder).Require());
    }

    private static IEnumerable<string> Files(ApplicationManifest manifest, string group) =>
        manifest.Files.Single(files => files.Name == group).Selections.SelectMany(selection => SelectedIn(selection, manifest));

    private static IEnumerable<string> SelectedIn(FileSelection selection, ApplicationManifest manifest) =>
        Holdfast.Engine.Backups.SelectedFiles.Of(selection, manifest.Exclude).Select(path => path.ToString());

    private string At(string name) => Path.Combine(Folder, name);

    private string Yaml() => File.ReadAllText(At("holdfast.yaml"));

    private void Write(string name, string content) => _temp.WriteFile(Path.Combine("orchard", name), content);

    private void Database(string name, string sql)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        Execute(At(name), sql);
    }

    private static void Execute(string database, string sql)
    {
        using var connection = SqliteConnections.OpenOrCreate(database);
        connection.Execute(sql);
    }

    private List<string> FilesWith(string text) =>
        [.. Everything().Where(file => file.Value.Contains(text, StringComparison.Ordinal)).Select(file => file.Key)];

    private SortedDictionary<string, string> Everything() => new(
        Directory.GetFiles(_temp, "*", SearchOption.AllDirectories).ToDictionary(file => file, file => Encoding.Latin1.GetString(File.ReadAllBytes(file))),
        StringComparer.Ordinal);
}
