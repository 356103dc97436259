using Holdfast.Engine.Files;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Failures;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

/// <summary>Who opens, commits and closes leaves no journal behind: what he wrote is in the file alone, and no exchange may lose it.</summary>
public sealed class WrittenMeanwhileTests : InPlaceTests
{
    private const string Kept = ".before-restore-20260101-000000";

    private readonly RestoreLog _log = new();

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void Committed_after_it_was_saved_and_before_the_exchange_the_old_database_stays(string mode)
    {
        var items = Prepare(mode);
        Commit("confirmed");
        using var exchange = new Exchange(items, _log);

        var error = Assert.Throws<HoldfastException>(exchange.Forward);

        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Equal("confirmed", Ask("select x from t where x = 'confirmed'", Scene.Database));
        Assert.Equal("old", File.ReadAllText(Scene.At("file")));
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void Committed_between_a_kill_and_resume_it_is_in_the_old_database_which_stays_and_is_named(string mode)
    {
        var items = Prepare(mode);
        Commit("confirmed");
        File.AppendAllText(Scene.At("file"), " and more");
        using var exchange = new Exchange(items, _log) { IsResumed = true };

        exchange.Forward();
        var kept = exchange.Drop([]);

        Assert.Equal([items[0].Kept!, items[1].Kept!], kept);
        Assert.Equal("confirmed", Ask("select x from t where x = 'confirmed'", Scene.Database + Kept));
        Assert.Equal("old and more", File.ReadAllText(Scene.At("file") + Kept));
        Assert.Equal(("new", "new"), (Ask("select x from t", Scene.Database), File.ReadAllText(Scene.At("file"))));
        Assert.Equal(2, _log.Notices.Count(notice => notice.Contains(Kept, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_wal_that_a_crash_left_beside_the_old_database_before_resume_stays_with_it()
    {
        var items = Prepare("wal");
        LeaveWalBehind("insert into t values('confirmed')");
        using var exchange = new Exchange(items, _log) { IsResumed = true };

        exchange.Forward();
        exchange.Drop([]);

        Assert.Equal("confirmed", Ask("select x from t where x = 'confirmed'", Scene.Database + Kept));
        Assert.Equal("new", Ask("select x from t", Scene.Database));
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void Written_through_an_open_descriptor_the_kept_old_one_stays(string mode)
    {
        var items = Prepare(mode);
        using var exchange = new Exchange(items, _log) { IsResumed = true };
        exchange.Forward();
        File.AppendAllText(Scene.At("file") + Kept, " and more");

        Assert.Equal([items[1].Kept!], exchange.Drop([]));

        Assert.Equal("old and more", File.ReadAllText(Scene.At("file") + Kept));
        Assert.False(File.Exists(Scene.Database + Kept));
        Assert.Equal([items[1].Kept!], new Exchange(items, _log).Drop([]));
    }

    [Theory]
    [InlineData("wal", true)]
    [InlineData("delete", true)]
    [InlineData("delete", false)]
    public void Committed_to_the_new_state_between_a_kill_and_undo_it_is_set_aside_and_named(string mode, bool existed)
    {
        var items = Prepare(mode, existed);
        using (var exchange = new Exchange(items, _log)) exchange.Forward();
        Commit("confirmed");
        File.AppendAllText(Scene.At("file"), " and more");

        IReadOnlyList<string> remarks;
        using (var other = new Exchange(items, _log)) remarks = other.PutBack();

        var (database, file) = (Scene.Database + Kept + ".replaced", Scene.At("file") + Kept + ".replaced");
        Assert.Equal("confirmed", Ask("select x from t where x = 'confirmed'", database));
        Assert.Equal("new and more", File.ReadAllText(file));
        Assert.All([database, file], path => Assert.Contains(remarks, remark => remark.Contains(path, StringComparison.Ordinal)));
        Assert.Equal((existed, existed), (File.Exists(Scene.Database), File.Exists(Scene.At("file"))));
        if (existed) Assert.Equal(("old", "old"), (Ask("select x from t", Scene.Database), File.ReadAllText(Scene.At("file"))));
    }

    [Fact]
    public void Nobody_wrote_and_nothing_is_set_aside()
    {
        var items = Prepare("wal");
        using (var exchange = new Exchange(items, _log)) exchange.Forward();
        Assert.Equal("new", Ask("select x from t", Scene.Database));

        using (var other = new Exchange(items, _log)) Assert.Empty(other.PutBack());

        AssertOnly("file", "main.db");
    }

    [Fact]
    public void Another_database_that_somebody_put_there_is_set_aside_with_its_wal_and_named()
    {
        var items = Prepare("delete");
        using (var exchange = new Exchange(items, _log)) exchange.Forward();
        ReplaceDatabase();
        LeaveWalBehind("insert into t values('confirmed')");

        IReadOnlyList<string> remarks;
        using (var other = new Exchange(items, _log)) remarks = other.PutBack();

        Assert.Contains(".replaced\"", Assert.Single(remarks), StringComparison.Ordinal);
        Assert.Equal("2", Ask("select count(*) from t where x in ('foreign', 'confirmed')", Scene.Database + Kept + ".replaced"));
        Assert.Equal("old", Ask("select x from t", Scene.Database));
        // Who was killed before he could tell tells it then.
        using (var again = new Exchange(items, _log)) Assert.Contains(".replaced\"", Assert.Single(again.PutBack()), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_database_that_somebody_put_there_before_its_turn_is_left_to_who_did_it()
    {
        var items = Prepare("delete");
        ReplaceDatabase();

        using (var other = new Exchange(items, _log)) Assert.Empty(other.PutBack());

        Assert.Equal("foreign", Ask("select x from t", Scene.Database));
    }

    private void Commit(string row) => Scene.Execute($"insert into t values('{row}')");

    private void ReplaceDatabase()
    {
        Scene.Execute("pragma journal_mode=wal; create table t(x); insert into t values('foreign')", Scene.At("saved"));
        File.Move(Scene.At("saved"), Scene.Database, overwrite: true);
    }

    private IReadOnlyList<ExchangeItem> Prepare(string mode, bool existed = true)
    {
        if (existed)
        {
            Scene.Execute($"pragma journal_mode={mode}; create table t(x); insert into t values('old')");
            Scene.Temp.WriteFile("app/file", "old");
        }

        Scene.Execute($"pragma journal_mode={mode}; create table t(x); insert into t values('new')", Scene.At(".staged.db"));
        Scene.Temp.WriteFile("app/.staged", "new");
        return [Item("main.db", ".staged.db", ExchangeKind.Database), Item("file", ".staged", ExchangeKind.File)];
    }

    // As the journal gives them to another process.
    private ExchangeItem Item(string name, string staged, ExchangeKind kind)
    {
        var item = InPlaceRestorer.Item(FilePath.From(Scene.At(name)), FilePath.From(Scene.At(staged)), kind, "20260101-000000");
        return ExchangeDocument.Parse(new ExchangeDocument { Phase = ExchangePhase.Exchanging, Items = [item] }.Serialize()).Items[0];
    }
}
