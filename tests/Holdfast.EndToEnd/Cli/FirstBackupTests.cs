using System.Text.Json;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>What init does after it has made manifest, key and repository: the first backup, its proof, and the recovery sheet.</summary>
public sealed class FirstBackupTests : IDisposable
{
    private readonly Workplace _place = Workplace.Empty();

    private string Folder => _place.Application;

    private string Key => Path.Combine(Folder, "holdfast.key");

    private string Sheet => Key + ".recovery-sheet.txt";

    private string Manifest => Path.Combine(Folder, "holdfast.yaml");

    public FirstBackupTests() => _place.Holdfast.With("HOLDFAST_PASSPHRASE", null).With("HOLDFAST_REPOSITORY", null);

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Finds_everything_of_an_application_saves_it_and_proves_it()
    {
        using var live = _place.Live("data/shop.db");
        _place.Write("shop.yaml", "port: 80\n");
        _place.Write("tls/server.pem", "-----BEGIN CERTIFICATE-----\n");
        _place.Write("identity", "-----BEGIN PRIVATE KEY-----\n");
        _place.Write("logs/shop.log", "a line\n");

        var made = (await RunAsync("init")).Expect(0);

        Assert.Contains("proven", made.Output, StringComparison.Ordinal);
        var yaml = await File.ReadAllTextAsync(Manifest);
        foreach (var expected in new[] { "sqlite: data/shop.db", "    expect_tables:\n      - events\n", "    - shop.yaml", "    - identity\n    - tls\n", "# logs/ is not saved" })
            Assert.Contains(expected, yaml, StringComparison.Ordinal);
        var check = (await RunAsync("config", "check", "--json")).Expect(0).Json();
        Assert.Equal(0, check.GetProperty("errors").GetInt32());
        var listed = Assert.Single((await RunAsync("list", "--json")).Expect(0).Json().EnumerateArray().ToList());
        Assert.True(listed.GetProperty("proven").GetBoolean());
        // Only with what stands on the sheet.
        var passphrase = (await File.ReadAllLinesAsync(Sheet)).Single(line => line.StartsWith("Passphrase ", StringComparison.Ordinal)).Split(' ')[^1];
        var paths = (await ResticProgram.On(Path.Combine(Folder, "backups"), passphrase).RunAsync("ls", "latest")).OutputLines;
        foreach (var saved in new[] { "data/shop.db", "shop.yaml", "tls/server.pem", "identity", "holdfast.yaml" }) Assert.Contains(Path.Combine(Folder, saved), paths);
        foreach (var left in new[] { "holdfast.key", "shop.log", "/backups" }) Assert.DoesNotContain(paths, path => path.Contains(left, StringComparison.Ordinal));
        Assert.Contains(Path.Combine(Folder, "data/shop.db"), await File.ReadAllTextAsync(Sheet), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_sheet_leads_to_everything_also_after_a_restore_of_a_part()
    {
        _place.Database("data/shop.db");
        _place.Write("shop.yaml", "port: 80\n");
        (await RunAsync("init")).Expect(0);
        _place.Write("shop.yaml", "port: 81\n");
        (await RunAsync("restore", "--only", "config", "--yes")).Expect(0);
        var sheet = await File.ReadAllLinesAsync(Sheet);
        var restic = ResticProgram.On(Path.Combine(Folder, "backups"), sheet.Single(line => line.StartsWith("Passphrase ", StringComparison.Ordinal)).Split(' ')[^1]);
        Assert.DoesNotContain(Path.Combine(Folder, "data/shop.db"), (await restic.RunAsync("ls", "latest")).OutputLines);

        var command = sheet.Single(line => line.Contains("restic restore ", StringComparison.Ordinal)).Trim().Split(' ');
        Assert.Contains(sheet, line => line.Contains("none with holdfast-safety among its tags", StringComparison.Ordinal));
        var listed = (await restic.RunAsync("snapshots", "--json")).Json().EnumerateArray().ToList();
        var newest = listed.Last(snapshot => !snapshot.GetProperty("tags").EnumerateArray().Any(tag => tag.GetString() == "holdfast-safety"));
        Assert.Equal("ID", command[2]);
        Assert.Equal("/tmp/recovered", command[4]);
        await restic.RunAsync("restore", newest.GetProperty("short_id").GetString()!, "--target", _place["recovered"]);

        foreach (var saved in new[] { "data/shop.db", "shop.yaml" }) Assert.True(File.Exists(_place["recovered"] + Path.Combine(Folder, saved)), saved);
    }

    [Fact]
    public async Task As_JSON_is_one_document_that_tells_no_secret()
    {
        _place.Database("shop.db");

        var made = (await RunAsync("init", "--json")).Expect(0);

        var document = made.Json();
        document.ExpectFields("repository", "repository_id", "manifest", "passphrase_file", "recovery_sheet", "warnings", "backup");
        Assert.Equal(Sheet, document.Text("recovery_sheet"));
        Assert.True(document.GetProperty("backup").GetProperty("drill").GetProperty("proven").GetBoolean());
        Assert.Contains(document.Strings("warnings"), warning => warning.Contains("same file system", StringComparison.Ordinal));
        Assert.DoesNotContain((await File.ReadAllTextAsync(Key)).Trim(), made.Output + made.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_another_disk_nothing_is_warned_of()
    {
        using var disk = await SmallFileSystem.MountAsync(50_000_000);
        _place.Database("shop.db");

        var made = (await RunAsync("init", "--repository", Path.Combine(disk.Path, "repository"), "--json")).Expect(0).Json();

        Assert.Empty(made.Strings("warnings"));
        Assert.Equal(0, (await RunAsync("config", "check", "--json")).Expect(0).Json().GetProperty("warnings").GetInt32());
    }

    [Fact]
    public async Task The_sheet_is_shown_to_a_person_at_a_terminal_only()
    {
        _place.Database("shop.db");

        var shown = await RunningProcess.RunAsync(
            RealComponent.Require("script"), ["-qec", Words("init", "--no-backup"), "/dev/null"], _place.Holdfast.Variables, Folder);

        var passphrase = (await File.ReadAllTextAsync(Key)).Trim();
        Assert.Contains(passphrase, shown.Expect(0).Output, StringComparison.Ordinal);
        foreach (var line in new[] { "RECOVERY SHEET FOR", "restic snapshots", "restic check --read-data" }) Assert.Contains(line, shown.Output, StringComparison.Ordinal);

        Forget();
        var piped = (await RunAsync("init", "--no-backup")).Expect(0);
        Assert.Contains(Sheet, piped.Output, StringComparison.Ordinal);
        Assert.DoesNotContain((await File.ReadAllTextAsync(Key)).Trim(), piped.Output + piped.Error, StringComparison.Ordinal);

        Forget();
        var quiet = await RunningProcess.RunAsync(
            RealComponent.Require("script"), ["-qec", Words("init", "--no-backup", "--quiet"), "/dev/null"], _place.Holdfast.Variables, Folder);
        Assert.DoesNotContain((await File.ReadAllTextAsync(Key)).Trim(), quiet.Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_backup_when_none_is_wanted()
    {
        _place.Database("shop.db");

        var made = (await RunAsync("init", "--no-backup", "--json")).Expect(0).Json();

        Assert.Equal(JsonValueKind.Null, made.GetProperty("backup").ValueKind);
        Assert.Equal(0, (await RunAsync("list", "--json")).Expect(0).Json().GetArrayLength());
    }

    [Fact]
    public async Task Nothing_to_save_yet_is_said_and_no_failure()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "empty"));

        var made = (await RunAsync("init")).Expect(0);

        Assert.Contains("nothing to save yet", made.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("list", "--json")).Expect(0).Json().GetArrayLength());
        _place.Database("empty/shop.db");
        (await RunAsync("backup")).Expect(0);
    }

    [Fact]
    public async Task An_application_that_has_made_no_database_yet_has_nothing_to_save()
    {
        _place.Write("shop.yaml", "port: 80\n");
        Declare("", "files: { config: [shop.yaml] }\n");

        var made = (await RunAsync("init")).Expect(0);

        Assert.Contains("nothing to save yet", made.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("list", "--json")).Expect(0).Json().GetArrayLength());
    }

    [Fact]
    public async Task A_backup_that_is_not_proven_is_exit_code_1_with_everything_in_place()
    {
        _place.Database("shop.db");
        Declare("""assertions: ["select count(*) > 1000 from people"]""");

        var made = (await RunAsync("init", "--json")).Expect(1).Json();

        Assert.False(made.GetProperty("backup").GetProperty("drill").GetProperty("proven").GetBoolean());
        Assert.True(File.Exists(Manifest) && File.Exists(Key) && File.Exists(Sheet));
        Assert.True(Assert.Single((await RunAsync("list", "--json")).Expect(0).Json().EnumerateArray().ToList()).GetProperty("drill_failed").GetBoolean());
        Declare("");
        (await RunAsync("backup")).Expect(0);
    }

    [Fact]
    public async Task A_backup_that_fails_leaves_everything_in_place_and_says_how_to_go_on()
    {
        _place.Database("shop.db");
        Declare("", "backup: { before: [[/bin/false]] }\n");

        var failed = (await RunAsync("init")).Expect(1);

        Assert.Contains("first backup failed", failed.Error, StringComparison.Ordinal);
        Assert.Contains("go on with `holdfast backup`", failed.Error, StringComparison.Ordinal);
        Assert.Contains(Sheet, failed.Output, StringComparison.Ordinal);
        Assert.Contains("holdfast backup", (await RunAsync("init")).Expect(2).Error, StringComparison.Ordinal);
        Declare("");
        (await RunAsync("backup", "--drill")).Expect(0);
    }

    [Fact]
    public async Task What_is_declared_and_missing_keeps_it_from_being_proven()
    {
        _place.Database("shop.db");
        Declare("", "files: { config: [not-there.yaml] }\n");

        var made = (await RunAsync("init", "--json")).Expect(1).Json();

        Assert.Contains("not-there.yaml", Assert.Single(made.GetProperty("backup").Strings("problems")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_declared_archives_are_written_too()
    {
        _place.Database("shop.db");
        Declare("", "archives: { plain: { folder: ../archives, format: tar.gz } }\n");

        (await RunAsync("init")).Expect(0);

        Assert.Single(Directory.GetFiles(_place["archives"], "*.tar.gz"));
    }

    private void Declare(string database, string more = "") => _place.Write(
        "holdfast.yaml",
        $"application: shop\ndatabases:\n  main:\n    sqlite: shop.db\n    {database}\n{more}repositories: {{ here: {{ path: backups }} }}\npassphrase: {{ file: holdfast.key }}\n");

    private void Forget()
    {
        foreach (var path in new[] { Key, Sheet, Manifest }) File.Delete(path);
        Directory.Delete(Path.Combine(Folder, "backups"), recursive: true);
    }

    private Task<ProgramResult> RunAsync(params string[] arguments) => _place.Holdfast.TryRunInAsync(Folder, arguments);

    private static string Words(params string[] arguments) => string.Join(' ', HoldfastProgram.Command.Concat(arguments).Select(word => $"'{word}'"));
}
