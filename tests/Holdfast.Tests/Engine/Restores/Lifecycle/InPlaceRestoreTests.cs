using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Databases.Sqlite;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

public sealed class InPlaceRestoreTests : InPlaceTests
{
    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task Brings_back_databases_and_files_and_leaves_others_alone(string journalMode)
    {
        await SaveFirstStateAsync(journalMode);
        Scene.Execute("update t set x = 'new'");
        Scene.Temp.WriteFile("app/config", "new");
        Scene.Temp.WriteFile("app/other", "other");

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Empty(result.Problems);
        Assert.Equal((1, 1), (result.Databases, result.Files));
        Assert.Equal("old", Ask("select x from t", Scene.Database));
        Assert.Equal(journalMode, Ask("pragma journal_mode", Scene.Database));
        Assert.Equal("old", await File.ReadAllTextAsync(Scene.At("config")));
        AssertOnly("config", "main.db", "other");
        Assert.False(Path.Exists(Scene.Temp[".holdfast"]));
    }

    [Fact]
    public async Task A_stock_snapshot_of_relative_paths_is_not_restored_into_the_root()
    {
        await Scene.SaveSnapshotAsync(async writer => await SaveTreeAsync(writer, FileNode("holdfast-relative", 1, await SaveTextAsync(writer, "x"))), Scene.App);

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync());

        Assert.Contains("relative", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists("/holdfast-relative"));
    }

    [Fact]
    public async Task Refuses_while_another_process_has_the_database_open_and_names_it()
    {
        await SaveFirstStateAsync("wal");
        Scene.Execute("update t set x = 'new'");
        using var writer = WriterProcess.Sql(Scene.Database);
        Assert.Equal("new", writer.Run("select x from t"));

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync());

        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Matches(@"main\.db"" is open in Holdfast\.Write.* \(process [0-9]+\)", error.Message);
        Assert.Equal("new", writer.Run("select x from t"));
    }

    [Fact]
    public async Task Looks_for_users_again_right_before_the_exchange()
    {
        await SaveFirstStateAsync("wal");
        Scene.Execute("update t set x = 'new'");
        WriterProcess? late = null;
        var verification = new Verification
        {
            OnStaged = () =>
            {
                late = WriterProcess.Sql(Scene.Database);
                late.Run("select x from t");
            },
        };

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync(verification));

        Assert.Equal(FailureKind.Busy, error.Kind);
        late!.Dispose();
        Assert.Equal("new", Ask("select x from t", Scene.Database));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task A_damaged_file_keeps_its_present_content_and_the_rest_is_restored()
    {
        Scene.Temp.WriteFile("app/other", "other old");
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/config", "new");
        Scene.Temp.WriteFile("app/other", "new");
        await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("other old"u8)));

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Single(result.Problems);
        Assert.Equal(("old", "new"), (await File.ReadAllTextAsync(Scene.At("config")), await File.ReadAllTextAsync(Scene.At("other"))));
    }

    [Fact]
    public async Task A_folder_where_the_snapshot_has_a_file_is_a_conflict_before_anything()
    {
        await SaveFirstStateAsync("wal");
        File.Delete(Scene.At("config"));
        Scene.Temp.CreateDirectory("app", "config");
        Scene.Execute("update t set x = 'new'");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync());

        Assert.Contains("is a folder, but not in the snapshot", error.Message, StringComparison.Ordinal);
        Assert.Equal("new", Ask("select x from t", Scene.Database));
    }

    [Fact]
    public async Task Links_and_fifos_are_replaced_and_missing_folders_made()
    {
        new SyntheticTree(Scene.App).Directory("deep").SymbolicLink("deep/link", "there").Fifo("deep/fifo");
        await SaveFirstStateAsync("wal");
        Directory.Delete(Scene.At("deep"), recursive: true);
        Scene.Temp.CreateDirectory("app", "deep");
        File.CreateSymbolicLink(Scene.At("deep/link"), "elsewhere");

        Assert.Empty((await Scene.RestoreInPlaceAsync()).Problems);

        Assert.Equal("there"u8, FileSystem.ReadLink(FilePath.From(Scene.At("deep/link"))));
        Assert.True(Path.Exists(Scene.At("deep/fifo")));
        Assert.Equal(2, Directory.GetFileSystemEntries(Scene.At("deep")).Length);
    }

    [Fact]
    public async Task A_second_name_of_a_file_becomes_one_again_and_its_bytes_count_once()
    {
        Scene.Temp.WriteFile("app/first", "12345");
        new SyntheticTree(Scene.App).HardLink("second", "first");
        await Scene.BackupAsync();
        File.Delete(Scene.At("second"));

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Equal((2, 5), (result.Files, result.Bytes));
        var (first, second) = (FilePath.From(Scene.At("first")), FilePath.From(Scene.At("second")));
        Assert.Equal(FileSystem.Status(first, followLinks: false).Identity, FileSystem.Status(second, followLinks: false).Identity);
    }

    [Fact]
    public async Task A_second_name_of_a_damaged_file_is_lost_with_it()
    {
        Scene.Temp.WriteFile("app/first", "12345");
        new SyntheticTree(Scene.App).HardLink("second", "first");
        await Scene.BackupAsync();
        // What is there already would be taken from there.
        Scene.Temp.WriteFile("app/first", "67890");
        await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("12345"u8)));

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Equal(2, result.Problems.Count);
        Assert.Contains(result.Problems, problem => problem.Contains("another name of", StringComparison.Ordinal));
        AssertOnly("first", "second");
    }

    [Fact]
    public async Task The_plan_tells_what_is_replaced_and_who_is_in_the_way()
    {
        await SaveFirstStateAsync("wal");
        File.Delete(Scene.At("config"));
        using var writer = WriterProcess.Sql(Scene.Database);
        writer.Run("select x from t");

        var plan = await Scene.Run(await Scene.OptionsAsync(inPlace: true)).PlanAsync(TestContext.Current.CancellationToken);

        Assert.Equal([Scene.Database], plan.Replaced.Select(item => item.Destination.ToString()));
        Assert.Equal([Scene.At("config")], plan.Created.Select(item => item.Destination.ToString()));
        Assert.Contains("is open in", Assert.Single(plan.Obstacles), StringComparison.Ordinal);
        Assert.False(File.Exists(Scene.At("config")));
    }

    [Fact]
    public async Task Only_the_paths_asked_for_are_restored()
    {
        await SaveFirstStateAsync("wal");
        Scene.Execute("update t set x = 'new'");
        Scene.Temp.WriteFile("app/config", "new");

        await Scene.RestoreInPlaceAsync(null, Scene.At("config"));

        Assert.Equal(("old", "new"), (await File.ReadAllTextAsync(Scene.At("config")), Ask("select x from t", Scene.Database)));
    }

    [Fact]
    public async Task A_database_and_its_wal_in_a_stock_snapshot_become_one_sound_database()
    {
        Scene.Execute("pragma journal_mode=wal; create table t(x); insert into t values('old')");
        LeaveWalBehind("update t set x = 'from the wal'");
        var (main, wal) = (await File.ReadAllBytesAsync(Scene.Database), await File.ReadAllBytesAsync(Scene.Database + "-wal"));
        await Scene.SaveSnapshotAsync(
            async writer =>
            {
                var mainId = (await writer.SaveAsync(BlobType.Data, main, CancellationToken.None)).Id;
                var walId = (await writer.SaveAsync(BlobType.Data, wal, CancellationToken.None)).Id;
                var tree = await SaveTreeAsync(writer, FileNode("main.db", main.Length, mainId), FileNode("main.db-wal", wal.Length, walId));
                foreach (var name in Scene.App.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()) tree = await SaveTreeAsync(writer, FolderNode(name, tree));
                return tree;
            },
            Scene.App);
        foreach (var file in Directory.GetFiles(Scene.App)) File.Delete(file);

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Equal(1, result.Databases);
        AssertOnly("main.db");
        Assert.Equal("from the wal", Ask("select x from t", Scene.Database));
    }

    [Theory]
    [InlineData("insert into child values(7)", "1 rows of child refer to rows of parent that do not exist")]
    [InlineData("drop table wanted", "the table wanted is missing")]
    [InlineData("delete from t", "select count(*) > 0 from t: ")]
    public async Task Content_that_is_not_as_expected_changes_nothing_unless_it_is_wanted_so(string flaw, string said)
    {
        Scene.Execute("create table t(x); create table wanted(x); create table parent(id integer primary key); create table child(p references parent)");
        Scene.Execute($"insert into t values('old'); pragma foreign_keys=off; {flaw}");
        Scene.Temp.WriteFile("app/config", "old");
        await Scene.BackupAsync(new DatabaseSource("main", FilePath.From(Scene.Database), ["t", "wanted"], ["select count(*) > 0 from t"]));
        Scene.Execute("create table later(x)");
        Scene.Temp.WriteFile("app/config", "new");
        var before = Scene.Contents();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync());

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains("nothing was restored", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains("--force", error.Hint, StringComparison.Ordinal);
        Assert.Equal(before, Scene.Contents());

        var result = await Scene.RestoreInPlaceAsync(request => request with { AcceptsContent = true });

        Assert.Contains(said, Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.True(result.IsPartial);
        Assert.False(result.FoundDamage);
        Assert.Equal("0", Ask("select count(*) from sqlite_schema where name = 'later'", Scene.Database));
        Assert.Equal("old", await File.ReadAllTextAsync(Scene.At("config"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Says_that_there_is_not_enough_room_before_anything()
    {
        using var small = await SmallFileSystem.MountAsync(2 << 20);
        var database = Path.Combine(small.Path, "app.db");
        Scene.Execute("create table t(x); insert into t values(randomblob(1200000))", database);
        await Scene.BackupAsync(new DatabaseSource("app", FilePath.From(database), [], []));

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync(null, database));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.Equal([database], Directory.GetFileSystemEntries(small.Path));
    }

    [Fact]
    public async Task Tells_of_old_databases_that_were_kept_and_does_not_remove_them()
    {
        await SaveFirstStateAsync("wal");
        Scene.Temp.WriteFile("app/main.db.before-restore-20200101-000000", "kept");

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Contains(result.Notices, notice => notice.Contains("before-restore", StringComparison.Ordinal));
        Assert.True(File.Exists(Scene.At("main.db.before-restore-20200101-000000")));
    }
}
