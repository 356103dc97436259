using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

public class SqliteStoreTests : IDisposable
{
    private static readonly string[] First = ["create table runs(id integer primary key, name text)"];
    private static readonly string[] Second = [.. First, "alter table runs add column note text; create index by_name on runs(name)"];

    private readonly ScratchDirectory _scratch = new();

    private string Path => _scratch.File("state.db");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Migrations_run_once_and_in_order()
    {
        using (var store = SqliteStore.Open(Path, First)) store.Execute("insert into runs(name) values ($n)", ("$n", "one"));
        using (var store = SqliteStore.Open(Path, Second)) store.Execute("insert into runs(name, note) values ($n, $x)", ("$n", "two"), ("$x", null));
        using (var store = SqliteStore.Open(Path, Second))
            Assert.Equal(["one", "two"], store.Query("select name from runs where note is null order by id", r => r.GetString(0)));
    }

    [Fact]
    public void A_store_of_a_newer_program_is_refused()
    {
        SqliteStore.Open(Path, Second).Dispose();
        Assert.Contains("version 2", Assert.Throws<HoldfastException>(() => SqliteStore.Open(Path, First)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_store_as_it_was()
    {
        SqliteStore.Open(Path, First).Dispose();
        Assert.Throws<HoldfastException>(() => SqliteStore.Open(Path, [.. Second, "nonsense"]));
        using var store = SqliteStore.Open(Path, First);
        Assert.Empty(store.Query("select name from runs", r => r.GetString(0)));
    }

    [Fact]
    public void A_transaction_is_all_or_nothing()
    {
        using var store = SqliteStore.Open(Path, First);
        Assert.Throws<InvalidOperationException>(() => store.InTransaction(() =>
        {
            store.Execute("insert into runs(name) values ('lost')");
            throw new InvalidOperationException();
        }));
        store.InTransaction(() => store.Execute("insert into runs(name) values ('kept')"));
        Assert.Equal(["kept"], store.Query("select name from runs", r => r.GetString(0)));
    }

    [Fact]
    public void Every_commit_is_durable_and_readers_do_not_block()
    {
        using var store = SqliteStore.Open(Path, First);
        Assert.Equal(["wal"], store.Query("PRAGMA journal_mode", r => r.GetString(0)));
        Assert.Equal([2L], store.Query("PRAGMA synchronous", r => r.GetInt64(0)));
    }

    [Fact]
    public async Task Many_openers_at_once_migrate_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => SqliteStore.Open(Path, Second).Dispose())));
        using var store = SqliteStore.Open(Path, Second);
        Assert.Equal([2L], store.Query("PRAGMA user_version", r => r.GetInt64(0)));
    }
}
