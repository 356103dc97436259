using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

/// <summary>What becomes of the old database and its journals.</summary>
public sealed class DatabaseExchangeTests : InPlaceTests
{
    [Fact]
    public async Task The_restored_database_never_meets_the_wal_of_the_old_one()
    {
        await SaveFirstStateAsync("wal");
        LeaveWalBehind("update t set x = 'from the wal'");

        await Scene.RestoreInPlaceAsync();

        Assert.Equal("old", Ask("select x from t", Scene.Database));
        Assert.Equal("ok", Ask("pragma integrity_check", Scene.Database));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task When_the_new_one_fails_in_its_place_the_old_comes_back_with_all_that_was_in_its_wal()
    {
        await SaveFirstStateAsync("wal");
        LeaveWalBehind("update t set x = 'from the wal'");
        Scene.Temp.WriteFile("app/config", "new");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync(new Verification { InPlace = ["no"] }));

        Assert.Contains("does not work in its place: no; the old state is back", error.Message, StringComparison.Ordinal);
        Assert.Equal("from the wal", Ask("select x from t", Scene.Database));
        Assert.Equal("new", await File.ReadAllTextAsync(Scene.At("config")));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task When_the_new_one_fails_and_there_was_no_old_one_none_is_left()
    {
        await SaveFirstStateAsync("wal");
        File.Delete(Scene.Database);

        await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync(new Verification { InPlace = ["no"] }));

        AssertOnly("config");
    }

    [Fact]
    public async Task All_databases_are_put_back_when_the_last_fails()
    {
        Scene.Execute("create table t(x); insert into t values('old')", Scene.At("a.db"));
        await SaveFirstStateAsync("wal");
        Scene.Execute("update t set x = 'new'", Scene.At("a.db"));
        Scene.Execute("update t set x = 'new'");

        await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync(new Verification { InPlace = ["no"], Only = Scene.Database }));

        Assert.Equal(("new", "new"), (Ask("select x from t", Scene.At("a.db")), Ask("select x from t", Scene.Database)));
        AssertOnly("a.db", "config", "main.db");
    }

    [Fact]
    public async Task A_snapshot_whose_database_is_not_sound_changes_nothing()
    {
        await SaveFirstStateAsync("wal");
        Scene.Execute("update t set x = 'new'");
        var before = Scene.Contents();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync(new Verification { Staged = ["row 1 missing from index"] }));

        Assert.Contains("row 1 missing from index", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Scene.Contents());
    }

    [Fact]
    public async Task A_really_corrupt_database_in_the_snapshot_does_not_pass_the_check()
    {
        Scene.Execute("create table t(x); with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into t select hex(randomblob(20)) from n; create index i on t(x)");
        using (var file = File.OpenWrite(Scene.Database))
        {
            file.Position = 4096 * 3;
            file.Write(new byte[4096]);
        }

        await Scene.BackupAsync();
        var before = Scene.Contents();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync());

        Assert.Contains("not sound", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Scene.Contents());
    }

    [Fact]
    public async Task An_empty_old_database_is_called_empty()
    {
        await SaveFirstStateAsync("wal");
        await File.WriteAllBytesAsync(Scene.Database, []);

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Contains(result.Notices, notice => notice.Contains("it is empty", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_destroyed_old_database_is_replaced_together_with_its_stale_journals()
    {
        await SaveFirstStateAsync("wal");
        await File.WriteAllBytesAsync(Scene.Database, SyntheticTree.RandomBytes(1, 20_000));
        await File.WriteAllBytesAsync(Scene.Database + "-wal", SyntheticTree.RandomBytes(2, 9_000));
        await File.WriteAllBytesAsync(Scene.Database + "-journal", SyntheticTree.RandomBytes(3, 900));

        var result = await Scene.RestoreInPlaceAsync();

        Assert.Equal("old", Ask("select x from t", Scene.Database));
        Assert.Contains(result.Notices, notice => notice.Contains("could not be read", StringComparison.Ordinal));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task A_destroyed_old_database_and_its_journals_come_back_byte_for_byte_when_the_new_one_fails()
    {
        await SaveFirstStateAsync("wal");
        await File.WriteAllBytesAsync(Scene.Database, SyntheticTree.RandomBytes(1, 20_000));
        await File.WriteAllBytesAsync(Scene.Database + "-wal", SyntheticTree.RandomBytes(2, 9_000));
        var before = Scene.Contents();

        await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync(new Verification { InPlace = ["no"] }));

        Assert.Equal(before, Scene.Contents());
    }

    [Fact]
    public async Task An_exchange_that_fails_halfway_leaves_the_old_state_as_it_was()
    {
        await SaveFirstStateAsync("wal");
        await File.WriteAllBytesAsync(Scene.Database, SyntheticTree.RandomBytes(1, 20_000));
        await File.WriteAllBytesAsync(Scene.Database + "-wal", SyntheticTree.RandomBytes(2, 9_000));
        // A folder cannot be unlinked, so removing the journals fails.
        Scene.Temp.WriteFile("app/main.db-shm/x", "in the way");
        var before = Scene.Contents();

        await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync());

        Assert.Equal(before, Scene.Contents());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_old_database_is_kept_with_its_journals_also_without_hard_links(bool mayLink)
    {
        var (database, staged) = (Scene.Temp.WriteFile("app/main.db", "old"), Scene.Temp.WriteFile("app/staged", "new"));
        Scene.Temp.WriteFile("app/main.db-wal", "wal");
        var item = InPlaceRestorer.Item(FilePath.From(database), FilePath.From(staged), ExchangeKind.Database, "20260101-000000");
        using var kept = new KeptDatabase(item, mayLink);

        kept.Replace();

        Assert.Equal("new", File.ReadAllText(database));
        Assert.Equal("old", File.ReadAllText(database + ".before-restore-20260101-000000"));
        Assert.Equal("wal", File.ReadAllText(database + ".before-restore-20260101-000000-wal"));
        AssertOnly("main.db", "main.db.before-restore-20260101-000000", "main.db.before-restore-20260101-000000-wal");

        kept.PutBack();

        Assert.Equal(("old", "wal"), (File.ReadAllText(database), File.ReadAllText(database + "-wal")));
        AssertOnly("main.db", "main.db-wal");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Killed_while_a_written_database_was_set_aside_both_it_and_its_wal_are_named_when_that_is_done_again(bool mayLink, bool existed)
    {
        var (database, staged) = (FilePath.From(Scene.At("main.db")), Scene.Temp.WriteFile("app/staged", "new"));
        if (existed) Scene.Temp.WriteFile("app/main.db", "old");
        var item = InPlaceRestorer.Item(database, FilePath.From(staged), ExchangeKind.Database, "20260101-000000");
        using (var kept = new KeptDatabase(item, mayLink))
        {
            kept.Replace();
            kept.OpenToOthers();
        }

        // What was committed to it is in its WAL alone, which has got its new name already.
        var aside = item.Kept!.WithSuffix(".replaced");
        File.WriteAllText($"{aside}-wal", "wal");
        if (existed && mayLink) NodeWriter.Link(database, aside);
        if (existed && !mayLink) FileExchange.Exchange(item.Kept!, database);

        for (var time = 0; time < 2; time++)
        {
            using var again = new KeptDatabase(item, mayLink);
            var outcome = again.PutBack();
            Assert.True(outcome is { IsBack: true, IsRemark: true });
            Assert.Contains($"{aside.Display}\"", outcome.Sentence, StringComparison.Ordinal);
            Assert.Contains($"{aside.Display}-wal\"", outcome.Sentence, StringComparison.Ordinal);
        }

        Assert.Equal("new", File.ReadAllText(aside.ToString()));
        Assert.Equal(existed, File.Exists(database.ToString()));
        if (existed) Assert.Equal("old", File.ReadAllText(database.ToString()));
    }

    [Fact]
    public async Task A_database_that_is_damaged_in_the_repository_changes_nothing()
    {
        await SaveFirstStateAsync("delete");
        var first = new byte[16384];
        await using (var file = File.OpenRead(Scene.Database)) Array.Resize(ref first, await file.ReadAsync(first));
        Scene.Execute("update t set x = 'new'");
        Scene.Temp.WriteFile("app/config", "new");
        await Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of(first)));
        var before = Scene.Contents();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync());

        Assert.Contains("damaged in the repository", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Scene.Contents());
    }
}
