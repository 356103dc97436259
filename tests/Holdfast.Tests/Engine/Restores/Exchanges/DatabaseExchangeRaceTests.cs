using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Failures;
using Holdfast.Tests.Engine.Databases.Sqlite;
using SQLitePCL;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

/// <summary>Another process that comes to the database while it is exchanged.</summary>
public sealed class DatabaseExchangeRaceTests : InPlaceTests
{
    private const string Time = "20260101-000000";

    private readonly RestoreLog _log = new();

    private string Kept => Scene.Database + ".before-restore-" + Time;

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task Who_opens_the_old_one_right_before_the_exchange_gets_nowhere_and_has_it_back(string mode)
    {
        var staged = Prepare(mode);
        WriterProcess? writer = null;
        Task<string>? answer = null;
        using var exchange = new DatabaseExchange(_log)
        {
            OnLocked = database =>
            {
                writer = Opened(database.ToString());
                Assert.Equal(raw.SQLITE_BUSY, Try(database.ToString(), "begin immediate; update t set x = 'here'; commit"));
                Assert.Equal(raw.SQLITE_BUSY, Try(database.ToString(), "select * from t"));
                answer = Task.Run(() => writer.Run("update t set x = 'foreign'"));
            },
        };

        var error = Assert.Throws<HoldfastException>(() => exchange.Exchange([Item(staged)]));

        // The statement has waited for the lock; it meets the old database alone.
        Assert.DoesNotContain("error", await answer!, StringComparison.Ordinal);
        writer!.Dispose();
        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Contains("was put back", error.Message, StringComparison.Ordinal);
        Assert.Equal(("foreign", "ok"), (Ask("select x from t", Scene.Database), Ask("pragma integrity_check", Scene.Database)));
        AssertOnly("main.db");
    }

    [Fact]
    public void A_file_that_is_merely_open_at_the_exchange_is_put_back_with_its_commits()
    {
        var staged = Prepare("wal");
        WriterProcess? reader = null;
        using var exchange = new DatabaseExchange(_log) { OnLocked = database => reader = Opened(database.ToString()) };

        var error = Assert.Throws<HoldfastException>(() => exchange.Exchange([Item(staged)]));

        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Contains("opened while it was exchanged", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", reader!.Run("select x from t"));
        reader.Dispose();
        Assert.Equal("old", Ask("select x from t", Scene.Database));
        AssertOnly("main.db");
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task The_lock_keeps_another_process_waiting_until_it_is_let_go(string mode)
    {
        Scene.Execute($"pragma journal_mode={mode}; create table t(x); insert into t values('old')");
        using var writer = Opened(Scene.Database);
        var database = FilePath.From(Scene.Database);
        Task<string> answer;
        using (DatabaseLock.Take(database, database))
        {
            answer = Task.Run(() => writer.Run("update t set x = 'new'"));
            Assert.Equal(raw.SQLITE_BUSY, Try(Scene.Database, "select * from t"));
            Assert.False(answer.IsCompleted);
            Assert.False(File.Exists(Scene.Database + "-wal"));
            Assert.False(File.Exists(Scene.Database + "-journal"));
        }

        Assert.DoesNotContain("error", await answer, StringComparison.Ordinal);
        Assert.Equal("new", Ask("select x from t", Scene.Database));
    }

    [Theory]
    [InlineData("wal", "select * from t")]
    [InlineData("delete", "begin; select * from t")]
    [InlineData("delete", "begin immediate")]
    public void A_process_that_is_in_the_database_keeps_the_lock_from_us_and_is_named(string mode, string sql)
    {
        Scene.Execute($"pragma journal_mode={mode}; create table t(x); insert into t values('old')");
        using var writer = Opened(Scene.Database);
        writer.Run(sql);
        var database = FilePath.From(Scene.Database);

        Assert.Null(DatabaseLock.TryTake(database, out var holder));
        var error = Assert.Throws<HoldfastException>(() => DatabaseLock.Take(database, database));

        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Contains($"process {holder}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_database_that_someone_uses_already_is_not_taken_away_from_him()
    {
        var staged = Prepare("wal");
        using var exchange = new Exchange([Item(staged)], _log);
        exchange.Forward();
        HoldfastException error;
        using (var writer = Opened(Scene.Database))
        {
            Assert.DoesNotContain("error", writer.Run("update t set x = 'foreign'"), StringComparison.Ordinal);
            error = Assert.Throws<HoldfastException>(() => exchange.PutBack());
            writer.Kill();
        }

        Assert.Contains("left in place", error.Message, StringComparison.Ordinal);
        Assert.Contains(Kept, error.Message, StringComparison.Ordinal);
        Assert.Equal("foreign", Ask("select x from t", Scene.Database));
        Assert.Equal("old", Ask("select x from t", Kept));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_process_has_committed_to_the_new_one_before_it_ended_outlives_the_putting_back(bool existed)
    {
        var staged = Prepare("wal");
        if (!existed) File.Delete(Scene.Database);
        using var exchange = new Exchange([Item(staged)], _log);
        exchange.Forward();
        LeaveWalBehind("update t set x = 'foreign'");

        var remark = Assert.Single(exchange.PutBack());

        var aside = Kept + ".replaced";
        Assert.Contains(aside, remark, StringComparison.Ordinal);
        Assert.Equal("foreign", Ask("select x from t", aside));
        Assert.Equal(existed, File.Exists(Scene.Database));
        if (existed) Assert.Equal("old", Ask("select x from t", Scene.Database));
    }

    [Fact]
    public void A_journal_that_is_done_with_and_merely_stays_is_no_obstacle()
    {
        var staged = Prepare("persist");
        Scene.Execute("pragma journal_mode=persist; update t set x = 'more'");
        var item = Item(staged);
        Assert.True(new FileInfo(Scene.Database + "-journal").Length > 0);
        using var exchange = new DatabaseExchange(_log);

        exchange.Exchange([item]);
        new Exchange([item], _log).Drop([]);

        Assert.Equal("restored", Ask("select x from t", Scene.Database));
        AssertOnly("main.db");
    }

    [Theory]
    [InlineData("-wal")]
    [InlineData("-shm")]
    [InlineData("-journal")]
    public void Who_has_only_a_journal_open_is_a_user(string suffix)
    {
        Scene.Execute("create table t(x)");
        var database = FilePath.From(Scene.Database);
        // Any program will do that has the file open and nothing else of the database.
        Scene.Execute("create table other(x)", Scene.Database + suffix);
        DatabaseUsers.Refuse([database], TestContext.Current.CancellationToken);
        using var user = Opened(Scene.Database + suffix);

        var error = Assert.Throws<HoldfastException>(() => DatabaseUsers.Refuse([database], TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Contains(Scene.Database, error.Message, StringComparison.Ordinal);
    }

    private static WriterProcess Opened(string database)
    {
        var process = WriterProcess.Sql(database);
        // It answers when it has opened the file; this statement needs no lock.
        Assert.Equal("1", process.Run("select 1"));
        return process;
    }

    // The result code without any waiting. The lock is not this process's, so SQLite meets it here as it does elsewhere.
    private static int Try(string database, string sql)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open_v2(database, out var connection, raw.SQLITE_OPEN_READWRITE, null));
        using (connection) return raw.sqlite3_exec(connection, sql);
    }

    private StagedFile Prepare(string mode)
    {
        Scene.Execute($"pragma journal_mode={mode}; create table t(x); insert into t values('old')");
        var staged = Scene.At(".staged");
        Scene.Execute($"pragma journal_mode={(mode == "wal" ? mode : "delete")}; create table t(x); insert into t values('restored')", staged);
        var database = FilePath.From(Scene.Database);
        var item = new RestoreItem { Source = database, Destination = database, Node = FileNode("main.db", 1), IsDatabase = true };
        return new StagedFile(item, FilePath.From(staged));
    }

    private static ExchangeItem Item(StagedFile staged) =>
        InPlaceRestorer.Item(staged.Item.Destination, staged.Path, ExchangeKind.Database, Time);
}
