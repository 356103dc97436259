using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Archives;

/// <summary>Archives made by the program, opened by stock programs, and brought back.</summary>
public sealed class ArchiveTests : IDisposable
{
    private const string Secret = "nobody guesses this";

    private readonly Workplace _place = Workplace.Empty();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ArchiveTests() => _place.Holdfast.With("HOLDFAST_REPOSITORY", null).With("HOLDFAST_ARCHIVE_PASSPHRASE", Secret);

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("x.tar.gz", "gunzip -c x.tar.gz | tar -xf - -C out")]
    [InlineData("x.tar.zst", "zstd -qdc x.tar.zst | tar -xf - -C out")]
    [InlineData("x.tar.zst.gpg", "gpg -q --batch --pinentry-mode loopback --passphrase-file pass -d x.tar.zst.gpg | zstd -qdc | tar -xf - -C out")]
    public async Task Stock_programs_unpack_a_tar_and_find_its_sums_right(string name, string unpack)
    {
        Scene();

        var written = await _place.JsonAsync(0, "backup", _place.Application, "--output", _place[name]);
        await ShellAsync($"mkdir out && {unpack} && cd out && sha256sum -c --quiet SHA256SUMS");

        var files = Directory.GetFiles(_place["out"], "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_place["out"], path)).ToList();
        var database = Assert.Single(files, file => file.StartsWith("databases/", StringComparison.Ordinal));
        Assert.Equal("ok", Workplace.Ask(_place["out", database], "pragma integrity_check"));
        Assert.Equal("2", Workplace.Ask(_place["out", database], "select count(*) from people"));
        Assert.Equal("port: 80\n", await File.ReadAllTextAsync(_place["out", files.Single(file => file.EndsWith("config.yaml", StringComparison.Ordinal))], Token));
        Assert.Equal("config.yaml", new FileInfo(Path.GetDirectoryName(_place["out", files.Single(file => file.EndsWith("config.yaml", StringComparison.Ordinal))]) + "/link").LinkTarget);
        var archive = Assert.Single(written.GetProperty("archives").EnumerateArray().ToList());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_place[name], Token))), archive.Text("sha256"));
        Assert.False(Directory.Exists(_place.Repository));
    }

    [Theory]
    [InlineData("x.db", "cp x.db out.db")]
    [InlineData("x.bak", "cp x.bak out.db")]
    [InlineData("x.db.gpg", "gpg -q --batch --pinentry-mode loopback --passphrase-file pass -d x.db.gpg > out.db")]
    [InlineData("x.sql", "sqlite3 -bail out.db < x.sql")]
    [InlineData("x.sql.gz", "gunzip -c x.sql.gz | sqlite3 -bail out.db")]
    [InlineData("x.sql.gz.gpg", "gpg -q --batch --pinentry-mode loopback --passphrase-file pass -d x.sql.gz.gpg | gunzip -c | sqlite3 -bail out.db")]
    public async Task Stock_programs_open_a_single_database_and_the_sidecar_is_right(string name, string open)
    {
        Scene();

        await _place.JsonAsync(0, "backup", _place.Application, "--db-only", "--output", _place[name]);
        await ShellAsync(open);

        Assert.Equal("ok", Workplace.Ask(_place["out.db"], "pragma integrity_check"));
        Assert.Equal("2", Workplace.Ask(_place["out.db"], "select count(*) from people"));
        var plain = name.EndsWith(".gpg", StringComparison.Ordinal) ? name[..^4] : name;
        using var meta = JsonDocument.Parse(await File.ReadAllTextAsync(_place[plain + ".meta"], Token));
        Assert.Equal(
            ["backup_name", "timestamp", "size_bytes", "checksum_sha256", "database_path", "encrypted"],
            meta.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(plain, meta.RootElement.Text("backup_name"));
        Assert.Equal(plain != name, meta.RootElement.GetProperty("encrypted").GetBoolean());
        if (name is "x.db" or "x.db.gpg") Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_place["out.db"], Token))), meta.RootElement.Text("checksum_sha256"));
        var verified = await _place.JsonAsync(0, "verify", _place[name]);
        Assert.True(verified.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public async Task An_archive_becomes_a_proven_snapshot_of_another_repository()
    {
        Scene();
        await _place.JsonAsync(0, "backup", _place.Application, "--output", _place["x.tar.zst"]);
        using var other = await Workplace.CreateAsync();

        var imported = await other.JsonAsync(0, "import", _place["x.tar.zst"]);
        var drilled = await other.JsonAsync(0, "drill", imported.Text("snapshot_id"));
        await other.JsonAsync(0, "restore", imported.Text("snapshot_id"), "--target", other["target"]);

        Assert.Contains("imported", imported.Texts("tags"));
        Assert.True(drilled.GetProperty("proven").GetBoolean());
        Assert.Equal("2", Workplace.Ask(other["target"] + Path.Combine(_place.Application, "people.db"), "select count(*) from people"));
        Assert.Equal("port: 80\n", await File.ReadAllTextAsync(other["target"] + Path.Combine(_place.Application, "config.yaml"), Token));
    }

    [Fact]
    public async Task An_archive_made_while_the_application_writes_is_one_consistent_state()
    {
        using var live = _place.Live("live.db");
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) live.Execute("begin; insert into events(what) values ('left'); insert into events(what) values ('right'); commit");
        });

        await _place.JsonAsync(0, "backup", _place.Application, "--output", _place["x.sql"]);
        await stop.CancelAsync();
        await writer;
        await ShellAsync("sqlite3 -bail out.db < x.sql");

        Assert.Equal("1", Workplace.Ask(_place["out.db"], "select (select count(*) from events where what = 'left') = (select count(*) from events where what = 'right')"));
    }

    [Fact]
    public async Task The_passphrase_is_in_no_argument_and_no_variable_of_gpg()
    {
        Scene();
        var gpg = RealComponent.Require("gpg");
        _place.Write("../bin/gpg", $"#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/cmdline > '{_place["seen"]}'; env >> '{_place["seen"]}'\nexec '{gpg}' \"$@\"\n");
        await ShellAsync("chmod +x bin/gpg");
        _place.Holdfast.With("PATH", _place["bin"] + ":" + Environment.GetEnvironmentVariable("PATH"));

        await _place.JsonAsync(0, "backup", _place.Application, "--output", _place["x.db.gpg"]);

        var seen = await File.ReadAllTextAsync(_place["seen"], Token);
        Assert.Contains("--symmetric", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_gpg_nothing_is_written_and_it_is_said_what_to_install()
    {
        Scene();
        _place.Holdfast.With("PATH", _place["nowhere"] + ":" + Path.GetDirectoryName(HoldfastProgram.Command[0]));
        if (File.Exists(Path.Combine(Path.GetDirectoryName(HoldfastProgram.Command[0])!, "gpg"))) Assert.Skip("gpg is beside dotnet");

        var failure = await _place.JsonAsync(1, "backup", _place.Application, "--output", _place["x.db.gpg"]);

        failure.ExpectFailure(1, "gpg is not installed");
        Assert.Contains("apt install gnupg", failure.Text("hint"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_place.Root, "*x.db*"));
        Assert.Empty(Directory.GetFiles(_place.Root, ".holdfast-*"));
    }

    [Fact]
    public async Task A_wrong_or_missing_passphrase_has_its_exit_code()
    {
        Scene();
        await _place.JsonAsync(0, "backup", _place.Application, "--output", _place["x.db.gpg"]);

        (await _place.JsonAsync(12, "verify", _place["x.db.gpg"], "--archive-passphrase-file", _place.Write("wrong", "wrong\n"))).ExpectFailure(12, "does not open");
        _place.Holdfast.With("HOLDFAST_ARCHIVE_PASSPHRASE", null);
        (await _place.JsonAsync(2, "verify", _place["x.db.gpg"])).ExpectFailure(2, "no passphrase");
        _place.Holdfast.With("DB_BACKUP_PASSPHRASE", Secret);
        await _place.JsonAsync(0, "verify", _place["x.db.gpg"]);
    }

    [Theory]
    [InlineData("x.tar.zst")]
    [InlineData("x.tar.zst.gpg")]
    public async Task A_full_disk_leaves_no_file(string name)
    {
        Scene();
        using var small = await SmallFileSystem.MountAsync(1_000_000);
        _place.WriteRandom("large", 1, 4_000_000);

        var failure = await _place.JsonAsync(1, "backup", _place.Application, "--output", Path.Combine(small.Path, name));

        Assert.Equal("NoSpace", failure.Text("error"));
        Assert.Empty(Directory.GetFileSystemEntries(small.Path));
    }

    [Fact]
    public async Task A_folder_of_archives_is_filled_verified_and_thinned_out()
    {
        using var place = await Workplace.CreateAsync();
        place.Holdfast.With("HOLDFAST_ARCHIVE_PASSPHRASE", Secret);
        place.Database("servers.db");
        var manifest = place.Write("holdfast.yaml", $$"""
            application: servers
            databases: { main: { sqlite: servers.db } }
            repositories: { local: { path: {{place.Repository}} } }
            archives:
              files: { folder: {{place["archives"]}}, format: db.gpg, prefix: servers_db, passphrase: { env: HOLDFAST_ARCHIVE_PASSPHRASE }, keep_last: 2 }
            """);
        Directory.CreateDirectory(place["archives"]);
        await File.WriteAllTextAsync(place["archives", "servers_db_20200101_000000.db.gpg"], "somebody else's", Token);

        for (var i = 0; i < 3; i++) await place.JsonAsync(0, "--config", manifest, "backup");
        var listed = (await place.JsonAsync(0, "--config", manifest, "archives")).EnumerateArray().ToList();

        Assert.Equal(3, listed.Count);
        Assert.Equal(2, listed.Count(item => item.GetProperty("verified").GetBoolean() && item.GetProperty("own").GetBoolean()));
        Assert.True(File.Exists(place["archives", "servers_db_20200101_000000.db.gpg"]));
        Assert.Equal(2, Directory.GetFiles(place["archives"], "*.db*.meta").Length);
        var verified = await place.JsonAsync(0, "--config", manifest, "verify", listed[0].Text("name"));
        Assert.Equal(listed[0].Text("file"), verified.Text("file"));
        var imported = await place.JsonAsync(0, "--config", manifest, "import", listed[0].Text("name"));
        Assert.Contains("app=servers", imported.Texts("tags"));

        place.Holdfast.With("HOLDFAST_ARCHIVE_PASSPHRASE", null);
        var partial = await place.JsonAsync(3, "--config", manifest, "backup");
        Assert.Contains("archive folder files", Assert.Single(partial.Texts("problems")), StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(place["archives"], "*.gpg").Length);
    }

    [Fact]
    public async Task A_damaged_database_makes_its_archives_unsound_and_a_folder_of_them_says_so()
    {
        using var place = await Workplace.CreateAsync();
        var database = place.Database("servers.db", "create table people(name text); with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into people select 'a name of some length ' || i from n");
        place.Write("holdfast.yaml", $$"""
            application: servers
            databases: { main: { sqlite: servers.db } }
            repositories: { local: { path: {{place.Repository}} } }
            archives:
              files: { folder: {{place["archives"]}}, format: db, prefix: servers_db }
              tars: { folder: {{place["archives"]}}, format: tar.zst, prefix: tars }
            """);
        using (var file = new FileStream(database, FileMode.Open))
        {
            file.Position = 3 * 4096;
            file.Write(RandomNumberGenerator.GetBytes(4096));
        }

        var damaged = (await InAsync("backup", "--json")).Expect(3).Json();

        Assert.Equal(2, damaged.Texts("problems").Count(problem => problem.Contains("is there, but does not verify", StringComparison.Ordinal)));
        var listed = (await InAsync("archives", "--json")).Expect(0).Json().EnumerateArray().ToList();
        Assert.Equal(2, listed.Count);
        Assert.All(listed, item => Assert.StartsWith("FAILED", item.Text("doubt"), StringComparison.Ordinal));
        foreach (var item in listed) (await InAsync("verify", item.Text("name"))).Expect(1);
        var verified = (await InAsync("verify", listed.Single(item => item.Text("name").EndsWith("zst", StringComparison.Ordinal)).Text("name"), "--json")).Expect(1).Json();
        Assert.False(verified.GetProperty("passed").GetBoolean());

        await File.WriteAllBytesAsync(database, new byte[8192], Token);
        var headless = (await InAsync("backup", "--json")).Expect(3).Json();
        Assert.Contains(headless.Texts("problems"), problem => problem.Contains("servers_db_", StringComparison.Ordinal) && problem.Contains("the database is damaged", StringComparison.Ordinal));
        Assert.DoesNotContain(headless.Texts("problems"), problem => problem.Contains("got no archive", StringComparison.Ordinal));

        Task<ProgramResult> InAsync(params string[] arguments) => place.Holdfast.TryRunInAsync(place.Application, arguments);
    }

    [Theory]
    [InlineData("x.tar.zst")]
    [InlineData("x.db")]
    public async Task A_folder_that_is_not_there_is_named_with_the_file_that_was_asked_for(string name)
    {
        Scene();
        var failure = await _place.JsonAsync(1, "backup", _place.Application, "--output", _place["missing", name]);
        Assert.StartsWith($"\"{_place["missing", name]}\" cannot be made: there is no folder", failure.Text("message"), StringComparison.Ordinal);
        Assert.Contains("mounted", failure.Text("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_archives_that_is_not_there_and_a_name_that_is_in_none_are_told()
    {
        using var place = await Workplace.CreateAsync();
        place.Database("servers.db");
        place.Write("holdfast.yaml", $$"""
            application: servers
            databases: { main: { sqlite: servers.db } }
            repositories: { local: { path: {{place.Repository}} } }
            archives:
              files: { folder: {{place["archives"]}}, format: db, prefix: servers_db }
            """);

        Assert.Contains($"\"{place["archives"]}\") is not there", (await InAsync("archives")).Expect(0).Error, StringComparison.Ordinal);
        Assert.Contains($"\"{place["archives"]}\") is not there", (await InAsync("status")).Output, StringComparison.Ordinal);
        Assert.Contains($"{place["archives"]} is not there", (await InAsync("config", "check")).Output, StringComparison.Ordinal);
        (await InAsync("backup")).Expect(0);
        var misspelt = (await InAsync("restore", "servers_db_20260101_000000.db", "--yes")).Expect(1);

        Assert.Contains("there is no archive", misspelt.Error, StringComparison.Ordinal);
        Assert.Contains("`holdfast archives`", misspelt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("is not there", (await InAsync("archives")).Error, StringComparison.Ordinal);

        Task<ProgramResult> InAsync(params string[] arguments) => place.Holdfast.TryRunInAsync(place.Application, arguments);
    }

    [Fact]
    public async Task An_archive_comes_to_another_host_as_the_guide_says()
    {
        Scene();
        _place.Write("holdfast.yaml", "application: people\ndatabases: { main: { sqlite: data/people.db } }\nfiles: { config: [config.yaml] }\nrepositories: { local: { path: backups } }\npassphrase: { file: holdfast.key }\n");
        _place.Database(Path.Combine("data", "people.db"));
        using var here = new HoldfastProgram(repository: null, passphrase: null);
        using var there = new HoldfastProgram(repository: null, passphrase: null);
        (await here.TryRunInAsync(_place.Application, "init", "--no-backup")).Expect(0);
        (await here.TryRunInAsync(_place.Application, "backup", "--output", _place["people.tar.gz"])).Expect(0);
        var other = Directory.CreateDirectory(_place["other"]).FullName;

        await ShellAsync($"cd other && tar -xzOf ../people.tar.gz files/holdfast.yaml > holdfast.yaml");
        (await there.TryRunInAsync(other, "init", "--no-backup")).Expect(0);
        (await there.TryRunInAsync(other, "restore", "--input", _place["people.tar.gz"], "--yes")).Expect(0);

        Assert.Equal("2", Workplace.Ask(Path.Combine(other, "data", "people.db"), "select count(*) from people"));
        Assert.True(File.Exists(Path.Combine(other, "config.yaml")));
        (await there.TryRunInAsync(other, "backup")).Expect(0);
    }

    [Fact]
    public async Task Which_of_several_databases_is_asked_before_anything_is_saved()
    {
        using var place = await Workplace.CreateAsync();
        place.Database("one.db");
        place.Database("two.db");
        var manifest = place.Write("holdfast.yaml", $$"""
            application: servers
            databases: { one: { sqlite: one.db }, two: { sqlite: two.db } }
            repositories: { local: { path: {{place.Repository}} } }
            """);

        var failure = await place.JsonAsync(2, "--config", manifest, "backup", "--db-only", "--output", place["db.bak"]);

        failure.ExpectFailure(2, "2 databases");
        Assert.Empty((await place.JsonAsync(0, "list")).EnumerateArray());
        await place.JsonAsync(0, "--config", manifest, "backup", "--db-only", "--database", "two", "--output", place["db.bak"]);
    }

    private void Scene()
    {
        foreach (var program in new[] { "gpg", "zstd", "sqlite3", "tar" }) RealComponent.Require(program);
        _place.Database("people.db");
        _place.Write("config.yaml", "port: 80\n");
        File.CreateSymbolicLink(Path.Combine(_place.Application, "link"), "config.yaml");
        _place.Write("../pass", Secret + "\n");
    }

    private async Task ShellAsync(string command) =>
        (await RunningProcess.RunAsync("/bin/sh", ["-ec", command], new Dictionary<string, string?>(StringComparer.Ordinal) { ["GNUPGHOME"] = Home() }, _place.Root)).Expect(0);

    private string Home()
    {
        Directory.CreateDirectory(_place["gnupg"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return _place["gnupg"];
    }
}
