using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Restic.Failures;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

public class SqliteImageTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private string Database => _scratch.File("app.db");

    private string Copy => _scratch.File("copy.db");

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<int, string> PageSizesAndModes()
    {
        var data = new TheoryData<int, string>();
        for (var size = 512; size <= 65536; size *= 2)
            foreach (var mode in new[] { "wal", "delete", "truncate", "persist" }) data.Add(size, mode);
        return data;
    }

    [Theory]
    [MemberData(nameof(PageSizesAndModes))]
    public async Task Gives_the_newest_commit_at_every_page_size_and_in_every_mode(int pageSize, string mode)
    {
        using var live = Create(pageSize, mode);
        live.Execute("create table t(id integer primary key, v blob); create index i on t(v)");
        live.Execute("with recursive n(i) as (select 1 union all select i + 1 from n where i < 400) insert into t select i, randomblob(200) from n");
        live.Execute("delete from t where id % 3 = 0");

        var summary = await Images.SaveAsync(Database, Copy);

        Assert.Equal(mode == "wal" ? SqliteJournalMode.Wal : SqliteJournalMode.Rollback, summary.JournalMode);
        Assert.Equal(pageSize, summary.PageSize);
        Images.AssertSound(Copy, summary);
        Assert.Equal([new TableRows("t", 267, true)], summary.Tables);
        Assert.Equal(Content(live), Content(Copy));
    }

    [Fact]
    public async Task Takes_pages_from_the_log_that_lie_beyond_the_end_of_the_file()
    {
        using var live = Create(4096, "wal");
        live.Execute("PRAGMA wal_autocheckpoint=0; create table t(v)");
        live.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        Fill(live, 2000);

        await using var image = await Images.OpenAsync(Database);

        Assert.True(image.Length > new FileInfo(Database).Length * 2);
        Assert.True(image.PagesFromLog > 20);
        Images.AssertSound(Copy, Images.Save(image, Copy));
        Assert.Equal(Content(live), Content(Copy));
    }

    [Fact]
    public async Task A_held_image_stays_as_it_is_while_the_log_restarts_and_checkpoints_are_tried()
    {
        using var live = Create(4096, "wal");
        live.Execute("create table t(v)");
        Fill(live, 500);
        live.Execute("PRAGMA wal_checkpoint(RESTART)");
        var before = Content(live);

        await using var image = await Images.OpenAsync(Database);
        Assert.Equal(0, image.PagesFromLog);
        for (var i = 0; i < 20; i++)
        {
            Fill(live, 100);
            live.Execute("update t set v = randomblob(150) where rowid % 7 = " + i % 7);
            live.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        Images.AssertSound(Copy, Images.Save(image, Copy));
        Assert.Equal(before, Content(Copy));
    }

    [Fact]
    public async Task A_held_image_with_frames_in_the_log_stays_as_it_is()
    {
        using var live = Create(1024, "wal");
        live.Execute("PRAGMA wal_autocheckpoint=0; create table t(v)");
        Fill(live, 500);
        var before = Content(live);

        await using var image = await Images.OpenAsync(Database);
        Assert.True(image.PagesFromLog > 0);
        for (var i = 0; i < 20; i++)
        {
            live.Execute("update t set v = randomblob(150) where rowid % 7 = " + i % 7);
            live.Execute("PRAGMA wal_checkpoint(" + (i % 2 == 0 ? "PASSIVE" : "TRUNCATE") + ")");
        }

        live.Execute("VACUUM");
        Images.AssertSound(Copy, Images.Save(image, Copy));
        Assert.Equal(before, Content(Copy));
    }

    [Fact]
    public async Task Letting_go_of_an_image_lets_checkpoints_through_again()
    {
        using var live = Create(4096, "wal");
        live.Execute("create table t(v)");
        Fill(live, 100);
        await using (await Images.OpenAsync(Database)) Assert.Equal(1L, live.Scalar("PRAGMA wal_checkpoint(TRUNCATE)"));
        Assert.Equal(0L, live.Scalar("PRAGMA wal_checkpoint(TRUNCATE)"));
        Assert.Equal(0, new FileInfo(Database + "-wal").Length);
    }

    [Fact]
    public async Task Two_images_and_other_connections_of_one_process_do_not_drop_each_others_locks()
    {
        using var live = Create(4096, "wal");
        live.Execute("PRAGMA wal_autocheckpoint=0; create table t(v)");
        Fill(live, 300);
        await using var kept = await Images.OpenAsync(Database);
        await using (await Images.OpenAsync(Database)) Fill(live, 10);
        SqliteConnections.Open(Database).Dispose();

        using var other = WriterProcess.Sql(Database);
        Assert.Equal("1", other.Run("PRAGMA wal_checkpoint(TRUNCATE)"));
        Images.AssertSound(Copy, Images.Save(kept, Copy));
        Assert.Equal(300L, Scalar(Copy, "select count(*) from t"));
    }

    [Fact]
    public async Task Leaves_the_users_log_alone_when_the_application_is_gone()
    {
        using (var writer = WriterProcess.Sql(Database))
        {
            writer.Run("PRAGMA journal_mode=WAL");
            writer.Run("create table t(v)");
            writer.Run("insert into t values (1), (2)");
            writer.Kill();
        }

        var log = File.ReadAllBytes(Database + "-wal");
        Assert.True(log.Length > 0);
        var summary = await Images.SaveAsync(Database, Copy);

        Images.AssertSound(Copy, summary);
        Assert.Equal([new TableRows("t", 2, true)], summary.Tables);
        Assert.Equal(log, File.ReadAllBytes(Database + "-wal"));
    }

    [Fact]
    public async Task Recovers_the_index_of_a_log_whose_writer_was_killed_and_whose_shm_is_gone()
    {
        using (var writer = WriterProcess.Sql(Database))
        {
            writer.Run("PRAGMA journal_mode=WAL");
            writer.Run("create table t(v)");
            writer.Run("insert into t values (1), (2), (3)");
            writer.Run("begin");
            writer.Run("insert into t values (4)");
            writer.Kill();
        }

        File.Delete(Database + "-shm");
        var summary = await Images.SaveAsync(Database, Copy);
        Images.AssertSound(Copy, summary);
        Assert.Equal([new TableRows("t", 3, true)], summary.Tables);
    }

    [Fact]
    public async Task Rolls_back_the_hot_journal_of_a_killed_writer()
    {
        using (var writer = WriterProcess.Sql(Database))
        {
            writer.Run("create table t(id integer primary key, v)");
            writer.Run("with recursive n(i) as (select 1 union all select i+1 from n where i<3000) insert into t select i, hex(zeroblob(100)) from n");
            writer.Run("PRAGMA cache_size=5");
            writer.Run("begin");
            writer.Run("update t set v = 'torn'");
            writer.Kill();
        }

        Assert.True(new FileInfo(Database + "-journal").Length > 512);
        var summary = await Images.SaveAsync(Database, Copy);
        Images.AssertSound(Copy, summary);
        Assert.Equal(0L, Scalar(Copy, "select count(*) from t where v = 'torn'"));
        Assert.Equal(3000L, Scalar(Copy, "select count(*) from t"));
    }

    [Fact]
    public async Task Leaves_no_files_beside_the_database_of_an_application_that_is_not_running()
    {
        using (var live = Create(4096, "wal")) live.Execute("create table t(v)");
        Assert.Equal([Database], Directory.GetFiles(_scratch.Path));
        await Images.SaveAsync(Database, _scratch.File("copy"));
        Assert.Equal([Database, _scratch.File("copy")], Directory.GetFiles(_scratch.Path).Order());
    }

    [Fact]
    public async Task Files_made_by_root_belong_to_the_owner_of_the_database()
    {
        if (!string.Equals(Environment.UserName, "root", StringComparison.Ordinal)) Assert.Skip("only root can give files away");
        using (var live = Create(4096, "wal")) live.Execute("create table t(v)");
        SystemCommand.Run("chown", "65534:65534", Database);
        await using var image = await Images.OpenAsync(Database);
        Assert.Equal("65534:65534\n65534:65534\n", SystemCommand.Run("stat", "-c", "%u:%g", Database + "-wal", Database + "-shm"));
    }

    [Fact]
    public void Reads_a_live_database_in_a_directory_it_may_not_write()
    {
        SkipUnlessNobodyCanRun();
        using var live = Create(4096, "wal");
        live.Execute("create table t(v)");
        Fill(live, 50);
        var target = ForNobody();
        Assert.Equal("ok", WriterProcess.ImageAsNobody(Database, target));
        Assert.Equal(Content(live), Content(target));
    }

    [Fact]
    public void Says_what_is_missing_when_the_directory_may_not_be_written_and_nobody_has_the_database_open()
    {
        SkipUnlessNobodyCanRun();
        using (var live = Create(4096, "wal")) live.Execute("create table t(v)");
        Assert.StartsWith("Failed: cannot open the database", WriterProcess.ImageAsNobody(Database, ForNobody()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task An_exclusive_lock_gives_a_clear_error_that_names_its_holder(string mode)
    {
        using var writer = WriterProcess.Sql(Database);
        writer.Run("PRAGMA journal_mode=" + mode);
        writer.Run("PRAGMA locking_mode=EXCLUSIVE");
        writer.Run("create table t(v)");
        var options = new SqliteImageOptions { BusyDeadline = TimeSpan.FromMilliseconds(100), DescribeHolders = _ => "netvantage (pid 7)" };
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => SqliteImage.OpenAsync(Database, options, TestContext.Current.CancellationToken));
        Assert.Equal(FailureKind.Busy, failure.Kind);
        Assert.Contains("netvantage (pid 7)", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Hint);
    }

    [Fact]
    public async Task Waits_for_a_writer_that_ends_in_time()
    {
        using var writer = WriterProcess.Sql(Database);
        writer.Run("create table t(v)");
        writer.Run("begin exclusive");
        writer.Run("insert into t values (1)");
        var opening = Images.OpenAsync(Database);
        Assert.False(opening.IsCompleted);
        writer.Run("commit");
        await using var image = await opening;
        Assert.Equal(1, Images.Save(image, Copy).Tables[0].Rows);
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        using var writer = WriterProcess.Sql(Database);
        writer.Run("create table t(v)");
        writer.Run("begin exclusive");
        using var cancel = new CancellationTokenSource();
        var opening = SqliteImage.OpenAsync(Database, Images.Quick, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
    }

    [Fact]
    public async Task Missing_empty_and_foreign_files_give_clear_errors()
    {
        var missing = await Assert.ThrowsAsync<HoldfastException>(() => Images.OpenAsync(Database));
        Assert.Equal(FailureKind.NotFound, missing.Kind);
        Assert.False(File.Exists(Database));

        File.WriteAllBytes(Database, []);
        Assert.Contains("empty", (await Assert.ThrowsAsync<HoldfastException>(() => Images.OpenAsync(Database))).Message, StringComparison.Ordinal);

        var noise = new byte[8192];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(Database, noise);
        var foreign = await Assert.ThrowsAsync<HoldfastException>(() => Images.OpenAsync(Database));
        Assert.Equal(FailureKind.Damaged, foreign.Kind);
        Assert.Contains("encrypted", foreign.Message, StringComparison.Ordinal);
        Assert.Equal(noise, File.ReadAllBytes(Database));
    }

    [Fact]
    public async Task A_damaged_log_is_saved_as_sqlite_reads_it_and_named()
    {
        using var live = Create(4096, "wal");
        live.Execute("PRAGMA wal_autocheckpoint=0; create table t(v)");
        Fill(live, 300);
        // Through another process: closing a descriptor of the file here would drop this process's locks.
        SystemCommand.Run("dd", "if=/dev/urandom", "of=" + Database + "-wal", "bs=1", "count=16", "seek=14000", "conv=notrunc", "status=none");
        var summary = await Images.SaveAsync(Database, Copy);
        Assert.Contains(summary.Damage, d => d.Reason.Contains("checksum", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_with_control_characters_never_reach_the_message_raw()
    {
        var failure = await Assert.ThrowsAsync<HoldfastException>(() => Images.OpenAsync(_scratch.File("a\n\u001b[31m.db")));
        Assert.DoesNotContain(failure.Message, char.IsControl);
    }

    private SqliteConnection Create(int pageSize, string mode)
    {
        var live = SqliteConnections.OpenOrCreate(Database);
        live.Execute($"PRAGMA page_size={pageSize}; PRAGMA journal_mode={mode}; PRAGMA synchronous=OFF; PRAGMA busy_timeout=0");
        return live;
    }

    private static void Fill(SqliteConnection live, int rows) =>
        live.Execute($"with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) insert into t select randomblob(150) from n");

    private static string Content(SqliteConnection connection) =>
        (string)connection.Scalar("select group_concat(rowid || hex(v)) from (select rowid, v from t order by rowid)")!;

    private static string Content(string path)
    {
        using var connection = SqliteConnections.Open(path);
        return Content(connection);
    }

    private static object? Scalar(string path, string sql)
    {
        using var connection = SqliteConnections.Open(path);
        return connection.Scalar(sql);
    }

    private string ForNobody()
    {
        var directory = Directory.CreateDirectory(_scratch.File("out"));
        SystemCommand.Run("chmod", "755", _scratch.Path);
        SystemCommand.Run("chmod", "777", directory.FullName);
        return Path.Combine(directory.FullName, "copy.db");
    }

    private static void SkipUnlessNobodyCanRun()
    {
        if (!string.Equals(Environment.UserName, "root", StringComparison.Ordinal)) Assert.Skip("only root can become nobody");
        if (WriterProcess.ImageAsNobody("/nonexistent/x.db", "/dev/null") is not ['N', 'o', 't', 'F', ..]) Assert.Skip("nobody cannot run the writer here");
    }
}
