using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

public class SqliteDatabaseChecksTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private string Database => _scratch.File("app.db");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_sound_database_passes_and_is_counted()
    {
        Create("create table \"a \"\"b\"(v); insert into \"a \"\"b\" values (1), (2); create view w as select 1; create virtual table f using fts5(x)");
        using var checks = SqliteDatabaseChecks.Open(Database);
        Assert.Empty(checks.IntegrityCheck(100, Cancellation));
        Assert.Empty(checks.ForeignKeyCheck(Cancellation));
        Assert.Equal(["a \"b", "w", "f"], checks.Tables(Cancellation).Take(3));
        Assert.Equal(new TableRows("a \"b", 2, true), checks.RowCounts(Cancellation)[0]);
        Assert.DoesNotContain(checks.RowCounts(Cancellation), t => t.Table == "f");
    }

    [Fact]
    public void The_applications_tables_are_without_those_that_SQLite_made()
    {
        Create("create table f_other_name(v); create table a(id integer primary key autoincrement); create view w as select 1; create virtual table notes using fts5(x); create table note(v)");

        using var checks = SqliteDatabaseChecks.Open(Database);

        Assert.Contains("sqlite_sequence", checks.Tables(Cancellation));
        Assert.Contains("notes_content", checks.Tables(Cancellation));
        Assert.Equal(["f_other_name", "a", "notes", "note"], checks.ApplicationTables(Cancellation).Where(table => table != "other"));
    }

    [Fact]
    public void Integrity_messages_are_capped()
    {
        Create("create table t(v); create index i on t(v)");
        using (var live = SqliteConnections.Open(Database))
        {
            live.Execute("with recursive n(i) as (select 1 union all select i + 1 from n where i < 50) insert into t select i from n");
            live.Execute("PRAGMA writable_schema=ON; update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 'other') where name = 'other'");
        }

        var bytes = File.ReadAllBytes(Database);
        // Page 3 is the index: an empty leaf, so that every row of the table misses its entry.
        new byte[] { 10, 0, 0, 0, 0, 16, 0, 0 }.CopyTo(bytes, 2 * 4096);
        File.WriteAllBytes(Database, bytes);
        using var checks = SqliteDatabaseChecks.Open(Database);
        Assert.Equal(5, checks.IntegrityCheck(5, Cancellation).Count);
        var messages = checks.IntegrityCheck(1000, Cancellation);
        Assert.True(messages.Count > 40);
        Assert.DoesNotContain(messages, message => message.Contains('\n', StringComparison.Ordinal) || message.StartsWith("***", StringComparison.Ordinal));
    }

    [Fact]
    public void A_database_too_damaged_to_check_is_a_finding()
    {
        Create("create table t(v)");
        var bytes = File.ReadAllBytes(Database);
        bytes.AsSpan(100, 8).Fill(0x55);
        File.WriteAllBytes(Database, bytes);
        using var checks = SqliteDatabaseChecks.Open(Database);
        Assert.Contains("damaged", Assert.Single(checks.IntegrityCheck(10, Cancellation)), StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_foreign_keys_are_summed_up_by_table()
    {
        Create("create table p(id integer primary key); create table c(p references p(id)); PRAGMA foreign_keys=OFF; insert into c values (1), (2), (3)");
        using var checks = SqliteDatabaseChecks.Open(Database);
        Assert.Equal([new ForeignKeyViolations("c", "p", 3)], checks.ForeignKeyCheck(Cancellation));
    }

    [Theory]
    [InlineData("select count(*) > 0 from t", true)]
    [InlineData("select count(*) > 5 from t", false)]
    [InlineData("select 0.5", true)]
    [InlineData("select '1'", true)]
    [InlineData("select 'no'", false)]
    [InlineData("select null", false)]
    [InlineData("select 1 where 0", false)]
    public void An_assertion_holds_when_its_first_value_is_true(string sql, bool holds)
    {
        Create("create table t(v); insert into t values (1)");
        using var checks = SqliteDatabaseChecks.Open(Database);
        var result = checks.Assert(sql, Cancellation);
        Assert.Equal(holds, result.Holds);
        Assert.Equal(holds, result.Detail is null);
    }

    [Theory]
    [InlineData("delete from t", "an assertion must only read")]
    [InlineData("attach '{0}' as other", "too many attached databases")]
    [InlineData("vacuum into '{0}'", "")]
    [InlineData("nonsense", "SQLite says: near \"nonsense\": syntax error")]
    public void An_assertion_that_writes_or_does_not_parse_fails_and_changes_nothing(string sql, string detail)
    {
        Create("create table t(v); insert into t values (1)");
        using var checks = SqliteDatabaseChecks.Open(Database);
        var result = checks.Assert(string.Format(null, sql, _scratch.File("other.db")), Cancellation);
        Assert.False(result.Holds);
        Assert.Contains(detail, result.Detail, StringComparison.Ordinal);
        Assert.True(checks.Assert("select count(*) = 1 from t", Cancellation).Holds);
        Assert.False(File.Exists(_scratch.File("other.db")));
    }

    [Fact]
    public async Task A_long_check_stops_when_it_is_cancelled()
    {
        Create("create table t(v)");
        using var checks = SqliteDatabaseChecks.Open(Database);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        const string Endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => checks.Assert(Endless, cancel.Token)));
        Assert.True(checks.Assert("select 1", Cancellation).Holds);
    }

    private void Create(string sql)
    {
        using var live = SqliteConnections.OpenOrCreate(Database);
        live.Execute(sql);
    }
}
