using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>How databases are found and saved, and what is said of those that are not.</summary>
public sealed class BackupDatabaseTests
{
    private const string Fill = "create table t(x); insert into t values(1),(2),(3)";

    [Fact]
    public async Task Databases_are_found_by_their_header_in_folders_and_described_in_the_record()
    {
        using var scene = await BackupScene.CreateAsync();
        var found = scene.Execute("app/any.name", Fill);
        scene.Write("app/text.db", new string('x', 4096));
        var result = await scene.BackupAsync(scene.At("app"));
        var record = Assert.Single((await (await scene.OpenAsync(result)).RecordAsync()).Databases);
        Assert.Equal(("any.name", found.ToString(), "rollback", 4096, 2L), (record.Name, record.Path, record.Sqlite!.JournalMode, record.Sqlite.PageSize, record.Sqlite.Pages));
        Assert.Equal(3, record.Tables["t"]);
        Assert.Null(record.Missing);
        Assert.Empty(record.Damage);
        Assert.Equal(1, result.Files);
    }

    [Fact]
    public async Task Declared_databases_keep_their_name_and_what_drills_check()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("one.db", Fill);
        scene.Execute("two/two.db", "create table u(x)");
        var options = BackupScene.Options() with { Databases = [scene.Declare("first", "one.db"), scene.Declare("second", "two/two.db")] };
        var saved = await scene.OpenAsync(await scene.BackupAsync(options));
        var record = await saved.RecordAsync();
        Assert.Equal(["first", "second"], record.Databases.Select(database => database.Name));
        Assert.All(record.Databases, database => Assert.Equal("t", Assert.Single(database.ExpectTables)));
        Assert.All(record.Databases, database => Assert.Equal("select 1", Assert.Single(database.Assertions)));
        Assert.Equal(await File.ReadAllBytesAsync(scene.Temp["one.db"], TestContext.Current.CancellationToken), await saved.BytesAsync(scene.At("one.db")));
    }

    [Fact]
    public async Task A_live_database_is_saved_with_what_is_in_its_log_and_without_its_journals()
    {
        using var scene = await BackupScene.CreateAsync();
        using var connection = SqliteConnections.OpenOrCreate(scene.Temp["main.db"]);
        connection.Execute("pragma journal_mode=wal; create table t(x); insert into t values(1)");
        scene.Write("stray-wal", "no database of this name");
        var main = scene.At("main.db");
        // A shell's main.db* names the journals too.
        var result = await scene.BackupAsync(main, main.WithSuffix("-wal"), main.WithSuffix("-shm"), scene.At("stray-wal"), scene.At("stray"));
        var saved = await scene.OpenAsync(result);
        Assert.Equal(".holdfast main.db stray-wal", saved.Names(main.Parent!));
        var whole = await scene.OpenAsync(await scene.BackupAsync(main.Parent!));
        Assert.Equal("main.db stray-wal", whole.Names(main.Parent!));
        Assert.Equal(1, Assert.Single((await whole.RecordAsync()).Databases).Tables["t"]);
    }

    [Fact]
    public async Task A_database_whose_path_is_not_text_is_saved_byte_by_byte_and_named()
    {
        using var scene = await BackupScene.CreateAsync();
        var good = scene.Execute("good.db", Fill);
        var bad = good.Parent!.Combine([0xFF, (byte)'.', (byte)'d', (byte)'b']);
        File.Copy(good.ToString(), scene.Temp["copy"]);
        Holdfast.Engine.Files.FileSystem.Rename(scene.At("copy"), bad);
        var result = await scene.BackupAsync(good.Parent!);
        Assert.Contains("not UTF-8", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Equal("good.db \\xff.db", (await scene.OpenAsync(result)).Names(good.Parent!));
        Assert.Single(result.Databases, database => database.Damage.Count == 0);
    }

    [Fact]
    public async Task A_declared_database_is_saved_though_a_pattern_or_the_folder_around_it_says_otherwise()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        scene.Execute("app/main.db", Fill);
        scene.Execute("app/cache/other.db", Fill);
        var options = BackupScene.Options(scene.At("app")) with
        {
            Databases = [scene.Declare("main", "app/main.db"), scene.Declare("other", "app/cache/other.db")],
            Exclude = scene.Exclude("*.db", "cache"),
        };
        var result = await scene.BackupAsync(options);
        Assert.Empty(result.Problems);
        Assert.Equal("cache file main.db", (await scene.OpenAsync(result)).Names(scene.At("app")));
        Assert.Equal(2, result.Databases.Count(database => database.Missing is null));
    }

    [Theory]
    [InlineData("app/missing.db")]
    [InlineData("elsewhere/missing.db")]
    [InlineData("app/folder")]
    public async Task A_declared_database_that_is_none_is_a_problem_and_in_the_record(string path)
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        scene.Temp.CreateDirectory("app/folder");
        var result = await scene.BackupAsync(BackupScene.Options(scene.At("app")) with { Databases = [scene.Declare("main", path)] });
        Assert.Contains("the database main", Assert.Single(result.Problems), StringComparison.Ordinal);
        var saved = await scene.OpenAsync(result);
        Assert.NotNull(Assert.Single((await saved.RecordAsync()).Databases).Missing);
        Assert.True(saved.Has(scene.At("app/file")));
    }

    [Fact]
    public async Task A_declared_database_whose_first_page_is_damaged_is_saved_byte_by_byte_and_named()
    {
        using var scene = await BackupScene.CreateAsync();
        var path = scene.Execute("main.db", Fill);
        await using (var file = File.OpenWrite(path.ToString())) await file.WriteAsync(new byte[100], TestContext.Current.CancellationToken);
        var result = await scene.BackupAsync(BackupScene.Options() with { Databases = [scene.Declare("main", "main.db")] });
        Assert.Contains("not as one consistent state", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.True((await scene.OpenAsync(result)).Has(path));
        Assert.NotEmpty(Assert.Single(result.Databases).Damage);
    }

    [Fact]
    public async Task A_live_database_of_an_odd_size_is_recognised_by_its_journal()
    {
        using var scene = await BackupScene.CreateAsync();
        using var writer = Databases.Sqlite.WriterProcess.Sql(scene.Temp["main.db"]);
        writer.Run("pragma journal_mode=wal");
        writer.Run("create table t(a)");
        writer.Run("insert into t values(1)");
        await using (var file = new FileStream(scene.Temp["main.db"], FileMode.Append)) file.WriteByte(0);
        var result = await scene.BackupAsync(scene.At("main.db").Parent!);
        Assert.Equal(1, Assert.Single(result.Databases).Tables["t"]);
        Assert.Equal("main.db", (await scene.OpenAsync(result)).Names(scene.At("main.db").Parent!));
    }

    [Fact]
    public async Task A_file_with_a_journal_that_is_no_readable_database_is_a_problem()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("secret.db", new string('x', 4096));
        await File.WriteAllBytesAsync(scene.Temp["secret.db-wal"], [0x37, 0x7f, 0x06, 0x82, .. new byte[4096]], TestContext.Current.CancellationToken);
        var result = await scene.BackupAsync(scene.At("secret.db").Parent!);
        Assert.Contains("may be torn", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_database_declared_twice_is_refused()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("main.db", Fill);
        var options = BackupScene.Options() with { Databases = [scene.Declare("one", "main.db"), scene.Declare("two", "main.db")] };
        var error = await Failing.ThrowsAsync(FailureKind.Usage, () => scene.BackupAsync(options));
        Assert.Contains("one and two are the same file", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await scene.CountAsync(FileType.Snapshot));
    }

    [Fact]
    public async Task A_database_that_stays_locked_does_not_stop_the_rest()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("file", "x");
        scene.Execute("good.db", Fill);
        scene.Execute("bad.db", Fill);
        using var writer = Databases.Sqlite.WriterProcess.Sql(scene.Temp["bad.db"]);
        writer.Run("begin exclusive");
        var result = await scene.BackupAsync(scene.At("file").Parent!);
        Assert.Contains("bad.db is locked", Assert.Single(result.Problems).Replace("'", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("file good.db", (await scene.OpenAsync(result)).Names(scene.At("file").Parent!));
    }

    [Fact]
    public async Task Damage_is_a_problem_and_what_can_be_read_is_saved()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("main.db", "create table t(x); with recursive n(i) as (select 1 union all select i+1 from n where i<500) insert into t select randomblob(100) from n");
        var content = await File.ReadAllBytesAsync(scene.Temp["main.db"], TestContext.Current.CancellationToken);
        content.AsSpan(4096 * 3, 8).Fill(0xEE);
        await File.WriteAllBytesAsync(scene.Temp["main.db"], content, TestContext.Current.CancellationToken);
        var result = await scene.BackupAsync(scene.At("main.db"));
        Assert.Contains("is damaged", Assert.Single(result.Problems), StringComparison.Ordinal);
        var saved = await scene.OpenAsync(result);
        Assert.Equal(content, await saved.BytesAsync(scene.At("main.db")));
        var record = await saved.RecordAsync();
        Assert.NotEmpty(record.Databases[0].Damage);
        Assert.Equal(result.Problems, record.Problems);
    }

    [Fact]
    public async Task While_an_image_is_taken_nothing_drops_the_locks_that_hold_it()
    {
        using var scene = await BackupScene.CreateAsync();
        // In the rollback modes SQLite's read lock is all that keeps writers out. A persistent journal beside it, and a second name below.
        var main = scene.Execute("app/main.db", "pragma journal_mode=persist; create table t(x); " + Rows(1));
        // Of a database that is known nothing is stored ahead, so all packs are written while the image is open.
        await scene.BackupAsync(scene.At("app"));
        scene.Execute("app/main.db", "pragma journal_mode=persist; " + Rows(70));
        Assert.True(File.Exists(main.WithSuffix("-journal").ToString()));
        scene.Temp.CreateDirectory("app/sub");
        new Holdfast.Testing.SyntheticTree(scene.Temp["app"]).HardLink("sub/second.db", "main.db");
        var inode = $":{Holdfast.Engine.Files.FileSystem.Status(main, followLinks: false).Inode} ";
        // More than three packs: while the first is written one can wait and one be filled, so the image is still open.
        var held = new List<bool>();
        scene.Backend.Before = (act, file) =>
        {
            // The list is read in pieces, and lacks a line now and then while others come and go; a lock that was dropped never comes back.
            if (act == BackendAct.Write && file.Type == FileType.Pack) held.Add(Enumerable.Range(0, 50).Any(_ => IsLocked(inode)));
        };
        Assert.Empty((await scene.BackupAsync(BackupScene.Options(scene.At("app")) with { Workers = 1 })).Problems);
        Assert.True(held[0]);
        Assert.False(IsLocked(inode));
    }

    private static string Rows(int megabytes) =>
        $"with recursive n(i) as (select 1 union all select i+1 from n where i<{megabytes}) insert into t select randomblob(1000000) from n";

    private static bool IsLocked(string inode) => File.ReadLines("/proc/locks").Any(line => line.Contains(inode, StringComparison.Ordinal));
}
