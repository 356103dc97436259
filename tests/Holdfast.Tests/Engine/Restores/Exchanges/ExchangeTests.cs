using Holdfast.Engine.Files;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Failures;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

/// <summary>Databases, files and folders exchanged as one thing.</summary>
public sealed class ExchangeTests : InPlaceTests
{
    [Fact]
    public void When_a_file_cannot_be_exchanged_the_databases_come_back_too()
    {
        var items = Prepare();
        // Somebody replaced a file after it was looked at.
        File.Move(Scene.At("second"), Scene.At("aside"));
        Scene.Temp.WriteFile("app/second", "foreign");
        using var exchange = new Exchange(items, new RestoreLog());

        var error = Assert.Throws<HoldfastException>(exchange.Forward);

        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Contains("second", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", Ask("select x from t", Scene.Database));
        Assert.Equal(("old", "foreign"), (File.ReadAllText(Scene.At("first")), File.ReadAllText(Scene.At("second"))));
    }

    [Fact]
    public void Put_back_by_another_process_after_all_was_exchanged_everything_is_old()
    {
        var items = Prepare();
        using (var exchange = new Exchange(items, new RestoreLog())) exchange.Forward();
        Assert.Equal(("new", "new"), (Ask("select x from t", Scene.Database), File.ReadAllText(Scene.At("first"))));

        // All that the other one has is what the journal keeps.
        var remembered = ExchangeDocument.Parse(new ExchangeDocument { Phase = ExchangePhase.Exchanged, Items = items }.Serialize()).Items;
        using (var other = new Exchange(remembered, new RestoreLog())) other.PutBack();

        Assert.Equal(("old", "old", "old"), (Ask("select x from t", Scene.Database), File.ReadAllText(Scene.At("first")), File.ReadAllText(Scene.At("second"))));
        Assert.False(File.Exists(Scene.At("created")));
        AssertOnly("first", "main.db", "second");
    }

    [Fact]
    public void What_was_put_back_is_lost_and_what_is_staged_or_in_its_place_is_not()
    {
        var items = Prepare();
        Assert.DoesNotContain(items, item => item.IsLost);
        using (var exchange = new Exchange(items, new RestoreLog())) exchange.Forward();
        Assert.DoesNotContain(items, item => item.IsLost);

        // As a kill in the middle of putting back leaves it.
        new KeptFile(items[1]).PutBack();

        Assert.Equal([items[1]], items.Where(item => item.IsLost));
    }

    [Fact]
    public void What_someone_wrote_into_the_new_database_meanwhile_is_set_aside_and_not_lost()
    {
        var items = Prepare();
        using (var exchange = new Exchange(items, new RestoreLog())) exchange.Forward();
        Scene.Execute("pragma journal_mode=wal");
        LeaveWalBehind("insert into t values('precious')");

        IReadOnlyList<string> remarks;
        using (var other = new Exchange(items, new RestoreLog())) remarks = other.PutBack();

        Assert.Equal("old", Ask("select x from t", Scene.Database));
        var aside = Assert.Single(Directory.GetFiles(Scene.App, "*.replaced"));
        Assert.Contains(aside, Assert.Single(remarks), StringComparison.Ordinal);
        Assert.Equal("precious", Ask("select x from t where x = 'precious'", aside));
    }

    private IReadOnlyList<ExchangeItem> Prepare()
    {
        Scene.Execute("create table t(x); insert into t values('old')");
        Scene.Execute("create table t(x); insert into t values('new')", Scene.At(".staged.db"));
        foreach (var name in new[] { "first", "second" }) Scene.Temp.WriteFile($"app/{name}", "old");
        foreach (var name in new[] { "first", "second", "created" }) Scene.Temp.WriteFile($"app/.staged-{name}", "new");
        return
        [
            Item("main.db", ".staged.db", ExchangeKind.Database),
            Item("first", ".staged-first", ExchangeKind.File),
            Item("created", ".staged-created", ExchangeKind.File),
            Item("second", ".staged-second", ExchangeKind.File),
        ];

        ExchangeItem Item(string name, string staged, ExchangeKind kind) =>
            InPlaceRestorer.Item(FilePath.From(Scene.At(name)), FilePath.From(Scene.At(staged)), kind, "20260101-000000");
    }
}
