using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

/// <summary>Images of a database that other processes write to without a pause, checkpoint, restart and vacuum.</summary>
public class SqliteImageConcurrencyTests : IDisposable
{
    private const long Total = 100_000;

    private readonly ScratchDirectory _scratch = new();

    private string Database => _scratch.File("bank.db");

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("wal", 4096, 700)]
    [InlineData("wal", 512, 150)]
    [InlineData("wal", 65536, 50)]
    [InlineData("delete", 4096, 100)]
    [InlineData("persist", 1024, 50)]
    public async Task Every_image_keeps_the_invariants_of_its_writers(string mode, int pageSize, int images)
    {
        Create(mode, pageSize);
        using var first = WriterProcess.Transfers(Database, 1);
        using var second = WriterProcess.Transfers(Database, 2);
        var (commits, fromLog) = (0L, 0);
        for (var i = 0; i < images; i++)
        {
            // Each image meets another state; a writer that has ended fails the question.
            var seen = commits;
            while (commits == seen) commits = first.Commits() + second.Commits();
            var copy = _scratch.File("copy.db");
            SqliteImageSummary summary;
            await using (var image = await Images.OpenAsync(Database))
            {
                fromLog += image.PagesFromLog > 0 ? 1 : 0;
                summary = Images.Save(image, copy);
            }

            AssertInvariants(copy, summary);
        }

        if (mode == "wal") Assert.InRange(fromLog, 1, images);
    }

    [Fact]
    public async Task Commits_go_on_while_an_image_is_held()
    {
        Create("wal", 4096);
        using var writer = WriterProcess.Transfers(Database, 3, calm: true);
        await using var image = await Images.OpenAsync(Database);
        var before = writer.Commits();

        // Far more commits than one automatic checkpoint needs, all of them with the image held: one that waited for it would wait for ever.
        await Conditions.Eventually("commits go on", () => writer.Commits() >= before + 2000);
        AssertInvariants(_scratch.File("copy.db"), Images.Save(image, _scratch.File("copy.db")));
    }

    [Fact]
    public async Task Without_wal_writers_wait_only_while_the_image_is_held()
    {
        Create("delete", 4096);
        using var writer = WriterProcess.Sql(Database);
        writer.Run("PRAGMA busy_timeout=0");
        await using (var image = await Images.OpenAsync(Database))
        {
            writer.Run("begin");
            writer.Run("update counter set n = n + 1");
            writer.Run("insert into log(note) values ('x')");
            writer.Run("insert into keys values ('x', 1)");
            AssertInvariants(_scratch.File("copy.db"), Images.Save(image, _scratch.File("copy.db")));
        }

        Assert.Equal("", writer.Run("commit"));
        Assert.Equal("1", writer.Run("select n from counter"));
    }

    private void Create(string mode, int pageSize)
    {
        using var connection = SqliteConnections.OpenOrCreate(Database);
        connection.Execute($"PRAGMA page_size={pageSize}; PRAGMA journal_mode={mode}");
        connection.Execute("""
            create table accounts(id integer primary key, balance integer);
            create table counter(n integer);
            create table log(id integer primary key autoincrement, note blob);
            create table keys(k text primary key, v integer) without rowid;
            create index log_note on log(note);
            insert into counter values (0);
            with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) insert into accounts select i, 1000 from n;
            """);
    }

    private static void AssertInvariants(string copy, SqliteImageSummary summary)
    {
        Images.AssertSound(copy, summary);
        using var connection = SqliteConnections.OpenReadOnly(copy);
        Assert.Equal(Total, connection.Scalar("select sum(balance) from accounts"));
        Assert.Equal(1L, connection.Scalar("select n = (select count(*) from log) and n = (select count(*) from keys) from counter"));
    }
}
