using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Restores;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Databases.Sqlite;
using Xunit;
using static Holdfast.Tests.Engine.Restores.Scene;

namespace Holdfast.Tests.Engine.Restores;

public sealed class InPlaceRestoreTests : IAsyncLifetime
{
    private Scene _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await Scene.CreateAsync();

    public ValueTask DisposeAsync()
    {
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public async Task Brings_back_databases_and_files_and_leaves_others_alone(string journalMode)
    {
        await SaveFirstStateAsync(journalMode);
        _scene.Execute("update t set x = 'new'");
        _scene.Temp.WriteFile("app/config", "new");
        _scene.Temp.WriteFile("app/other", "other");

        var result = await _scene.RestoreInPlaceAsync();

        Assert.Empty(result.Problems);
        Assert.Equal((1, 1), (result.Databases, result.Files));
        Assert.Equal("old", Ask("select x from t", _scene.Database));
        Assert.Equal(journalMode, Ask("pragma journal_mode", _scene.Database));
        Assert.Equal("old", await File.ReadAllTextAsync(_scene.At("config")));
        AssertOnly("config", "main.db", "other");
        Assert.False(Path.Exists(_scene.Temp[".holdfast"]));
    }

    [Fact]
    public async Task The_restored_database_never_meets_the_wal_of_the_old_one()
    {
        await SaveFirstStateAsync("wal");
        LeaveWalBehind("update t set x = 'from the wal'");

        await _scene.RestoreInPlaceAsync();

        Assert.Equal("old", Ask("select x from t", _scene.Database));
        Assert.Equal("ok", Ask("pragma integrity_check", _scene.Database));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task When_the_new_one_fails_in_its_place_the_old_comes_back_with_all_that_was_in_its_wal()
    {
        await SaveFirstStateAsync("wal");
        LeaveWalBehind("update t set x = 'from the wal'");
        _scene.Temp.WriteFile("app/config", "new");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync(new Verification { InPlace = ["no"] }));

        Assert.Contains("put back", error.Message, StringComparison.Ordinal);
        Assert.Equal("from the wal", Ask("select x from t", _scene.Database));
        Assert.Equal("new", await File.ReadAllTextAsync(_scene.At("config")));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task When_the_new_one_fails_and_there_was_no_old_one_none_is_left()
    {
        await SaveFirstStateAsync("wal");
        File.Delete(_scene.Database);

        await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync(new Verification { InPlace = ["no"] }));

        AssertOnly("config");
    }

    [Fact]
    public async Task All_databases_are_put_back_when_the_last_fails()
    {
        _scene.Execute("create table t(x); insert into t values('old')", _scene.At("a.db"));
        await SaveFirstStateAsync("wal");
        _scene.Execute("update t set x = 'new'", _scene.At("a.db"));
        _scene.Execute("update t set x = 'new'");

        await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync(new Verification { InPlace = ["no"], Only = _scene.Database }));

        Assert.Equal(("new", "new"), (Ask("select x from t", _scene.At("a.db")), Ask("select x from t", _scene.Database)));
        AssertOnly("a.db", "config", "main.db");
    }

    [Fact]
    public async Task A_snapshot_whose_database_is_not_sound_changes_nothing()
    {
        await SaveFirstStateAsync("wal");
        _scene.Execute("update t set x = 'new'");
        var before = _scene.Contents();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync(new Verification { Staged = ["row 1 missing from index"] }));

        Assert.Contains("row 1 missing from index", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, _scene.Contents());
    }

    [Fact]
    public async Task A_really_corrupt_database_in_the_snapshot_does_not_pass_the_check()
    {
        _scene.Execute("create table t(x); with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into t select hex(randomblob(20)) from n; create index i on t(x)");
        using (var file = File.OpenWrite(_scene.Database))
        {
            file.Position = 4096 * 3;
            file.Write(new byte[4096]);
        }

        await _scene.BackupAsync();
        var before = _scene.Contents();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync());

        Assert.Contains("not sound", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, _scene.Contents());
    }

    [Fact]
    public async Task A_destroyed_old_database_is_replaced_together_with_its_stale_journals()
    {
        await SaveFirstStateAsync("wal");
        await File.WriteAllBytesAsync(_scene.Database, SyntheticTree.RandomBytes(1, 20_000));
        await File.WriteAllBytesAsync(_scene.Database + "-wal", SyntheticTree.RandomBytes(2, 9_000));
        await File.WriteAllBytesAsync(_scene.Database + "-journal", SyntheticTree.RandomBytes(3, 900));

        var result = await _scene.RestoreInPlaceAsync();

        Assert.Equal("old", Ask("select x from t", _scene.Database));
        Assert.Contains(result.Notices, notice => notice.Contains("could not be read", StringComparison.Ordinal));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task A_destroyed_old_database_and_its_journals_come_back_byte_for_byte_when_the_new_one_fails()
    {
        await SaveFirstStateAsync("wal");
        await File.WriteAllBytesAsync(_scene.Database, SyntheticTree.RandomBytes(1, 20_000));
        await File.WriteAllBytesAsync(_scene.Database + "-wal", SyntheticTree.RandomBytes(2, 9_000));
        var before = _scene.Contents();

        await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync(new Verification { InPlace = ["no"] }));

        Assert.Equal(before, _scene.Contents());
    }

    [Fact]
    public async Task An_exchange_that_fails_halfway_leaves_the_old_state_as_it_was()
    {
        await SaveFirstStateAsync("wal");
        await File.WriteAllBytesAsync(_scene.Database, SyntheticTree.RandomBytes(1, 20_000));
        await File.WriteAllBytesAsync(_scene.Database + "-wal", SyntheticTree.RandomBytes(2, 9_000));
        // A folder cannot be unlinked, so removing the journals fails.
        _scene.Temp.WriteFile("app/main.db-shm/x", "in the way");
        var before = _scene.Contents();

        await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync());

        Assert.Equal(before, _scene.Contents());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_old_database_is_kept_with_its_journals_also_without_hard_links(bool mayLink)
    {
        var (database, staged) = (_scene.Temp.WriteFile("app/main.db", "old"), _scene.Temp.WriteFile("app/staged", "new"));
        _scene.Temp.WriteFile("app/main.db-wal", "wal");
        var kept = KeptDatabase.Of(FilePath.From(database), "20260101-000000", mayLink);

        kept.ReplaceBy(FilePath.From(staged));

        Assert.Equal("new", File.ReadAllText(database));
        Assert.Equal("old", File.ReadAllText(database + ".before-restore-20260101-000000"));
        Assert.Equal("wal", File.ReadAllText(database + ".before-restore-20260101-000000-wal"));
        AssertOnly("main.db", "main.db.before-restore-20260101-000000", "main.db.before-restore-20260101-000000-wal");

        kept.PutBack();

        Assert.Equal(("old", "wal"), (File.ReadAllText(database), File.ReadAllText(database + "-wal")));
        AssertOnly("main.db", "main.db-wal");
    }

    [Fact]
    public async Task A_stock_snapshot_of_relative_paths_is_not_restored_into_the_root()
    {
        await _scene.SaveSnapshotAsync(async writer => await SaveTreeAsync(writer, FileNode("holdfast-relative", 1, await SaveTextAsync(writer, "x"))), _scene.App);

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync());

        Assert.Contains("relative", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists("/holdfast-relative"));
    }

    [Fact]
    public async Task Refuses_while_another_process_has_the_database_open_and_names_it()
    {
        await SaveFirstStateAsync("wal");
        _scene.Execute("update t set x = 'new'");
        using var writer = WriterProcess.Sql(_scene.Database);
        Assert.Equal("new", writer.Run("select x from t"));

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync());

        Assert.Equal(FailureKind.Busy, error.Kind);
        Assert.Matches(@"main\.db"" is open in Holdfast\.Write.* \(process [0-9]+\)", error.Message);
        Assert.Equal("new", writer.Run("select x from t"));
    }

    [Fact]
    public async Task Looks_for_users_again_right_before_the_exchange()
    {
        await SaveFirstStateAsync("wal");
        _scene.Execute("update t set x = 'new'");
        WriterProcess? late = null;
        var verification = new Verification
        {
            OnStaged = () =>
            {
                late = WriterProcess.Sql(_scene.Database);
                late.Run("select x from t");
            },
        };

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync(verification));

        Assert.Equal(FailureKind.Busy, error.Kind);
        late!.Dispose();
        Assert.Equal("new", Ask("select x from t", _scene.Database));
        AssertOnly("config", "main.db");
    }

    [Fact]
    public async Task A_database_that_is_damaged_in_the_repository_changes_nothing()
    {
        await SaveFirstStateAsync("delete");
        var first = new byte[16384];
        await using (var file = File.OpenRead(_scene.Database)) Array.Resize(ref first, await file.ReadAsync(first));
        _scene.Execute("update t set x = 'new'");
        _scene.Temp.WriteFile("app/config", "new");
        await _scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of(first)));
        var before = _scene.Contents();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync());

        Assert.Contains("damaged in the repository", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, _scene.Contents());
    }

    [Fact]
    public async Task A_damaged_file_keeps_its_present_content_and_the_rest_is_restored()
    {
        _scene.Temp.WriteFile("app/other", "other old");
        await SaveFirstStateAsync("wal");
        _scene.Temp.WriteFile("app/config", "new");
        _scene.Temp.WriteFile("app/other", "new");
        await _scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("other old"u8)));

        var result = await _scene.RestoreInPlaceAsync();

        Assert.Single(result.Problems);
        Assert.Equal(("old", "new"), (await File.ReadAllTextAsync(_scene.At("config")), await File.ReadAllTextAsync(_scene.At("other"))));
    }

    [Fact]
    public async Task A_folder_where_the_snapshot_has_a_file_is_a_conflict_before_anything()
    {
        await SaveFirstStateAsync("wal");
        File.Delete(_scene.At("config"));
        _scene.Temp.CreateDirectory("app", "config");
        _scene.Execute("update t set x = 'new'");

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync());

        Assert.Contains("is a folder, but not in the snapshot", error.Message, StringComparison.Ordinal);
        Assert.Equal("new", Ask("select x from t", _scene.Database));
    }

    [Fact]
    public async Task Links_and_fifos_are_replaced_and_missing_folders_made()
    {
        new SyntheticTree(_scene.App).Directory("deep").SymbolicLink("deep/link", "there").Fifo("deep/fifo");
        await SaveFirstStateAsync("wal");
        Directory.Delete(_scene.At("deep"), recursive: true);
        _scene.Temp.CreateDirectory("app", "deep");
        File.CreateSymbolicLink(_scene.At("deep/link"), "elsewhere");

        Assert.Empty((await _scene.RestoreInPlaceAsync()).Problems);

        Assert.Equal("there"u8, FileSystem.ReadLink(FilePath.From(_scene.At("deep/link"))));
        Assert.True(Path.Exists(_scene.At("deep/fifo")));
        Assert.Equal(2, Directory.GetFileSystemEntries(_scene.At("deep")).Length);
    }

    [Fact]
    public async Task Only_the_paths_asked_for_are_restored()
    {
        await SaveFirstStateAsync("wal");
        _scene.Execute("update t set x = 'new'");
        _scene.Temp.WriteFile("app/config", "new");

        await _scene.RestoreInPlaceAsync(null, _scene.At("config"));

        Assert.Equal(("old", "new"), (await File.ReadAllTextAsync(_scene.At("config")), Ask("select x from t", _scene.Database)));
    }

    [Fact]
    public async Task A_database_and_its_wal_in_a_stock_snapshot_become_one_sound_database()
    {
        _scene.Execute("pragma journal_mode=wal; create table t(x); insert into t values('old')");
        LeaveWalBehind("update t set x = 'from the wal'");
        var (main, wal) = (await File.ReadAllBytesAsync(_scene.Database), await File.ReadAllBytesAsync(_scene.Database + "-wal"));
        await _scene.SaveSnapshotAsync(
            async writer =>
            {
                var mainId = (await writer.SaveAsync(BlobType.Data, main, CancellationToken.None)).Id;
                var walId = (await writer.SaveAsync(BlobType.Data, wal, CancellationToken.None)).Id;
                var tree = await SaveTreeAsync(writer, FileNode("main.db", main.Length, mainId), FileNode("main.db-wal", wal.Length, walId));
                foreach (var name in _scene.App.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()) tree = await SaveTreeAsync(writer, FolderNode(name, tree));
                return tree;
            },
            _scene.App);
        foreach (var file in Directory.GetFiles(_scene.App)) File.Delete(file);

        var result = await _scene.RestoreInPlaceAsync();

        Assert.Equal(1, result.Databases);
        AssertOnly("main.db");
        Assert.Equal("from the wal", Ask("select x from t", _scene.Database));
    }

    [Fact]
    public async Task Says_that_there_is_not_enough_room_before_anything()
    {
        using var small = await SmallFileSystem.MountAsync(2 << 20);
        var database = Path.Combine(small.Path, "app.db");
        _scene.Execute("create table t(x); insert into t values(randomblob(1200000))", database);
        await _scene.BackupAsync(new Holdfast.Engine.Backups.DatabaseSource("app", FilePath.From(database), [], []));

        var error = await Assert.ThrowsAsync<HoldfastException>(() => _scene.RestoreInPlaceAsync(null, database));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.Equal([database], Directory.GetFileSystemEntries(small.Path));
    }

    [Fact]
    public async Task Tells_of_old_databases_that_were_kept_and_does_not_remove_them()
    {
        await SaveFirstStateAsync("wal");
        _scene.Temp.WriteFile("app/main.db.before-restore-20200101-000000", "kept");

        var result = await _scene.RestoreInPlaceAsync();

        Assert.Contains(result.Notices, notice => notice.Contains("before-restore", StringComparison.Ordinal));
        Assert.True(File.Exists(_scene.At("main.db.before-restore-20200101-000000")));
    }

    private async Task SaveFirstStateAsync(string journalMode)
    {
        _scene.Execute($"pragma journal_mode={journalMode}; create table t(x); insert into t values('old')");
        _scene.Temp.WriteFile("app/config", "old");
        await _scene.BackupAsync();
    }

    /// <summary>Changes the database in a process that is killed, so that the change is in the WAL alone.</summary>
    private void LeaveWalBehind(string sql)
    {
        using var writer = WriterProcess.Sql(_scene.Database);
        writer.Run("pragma wal_autocheckpoint=0");
        Assert.DoesNotContain("error", writer.Run(sql), StringComparison.Ordinal);
        writer.Kill();
        Assert.True(new FileInfo(_scene.Database + "-wal").Length > 0);
    }

    private void AssertOnly(params string[] names) =>
        Assert.Equal(names, Directory.GetFileSystemEntries(_scene.App).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));

    private sealed class Verification : DatabaseVerification
    {
        public IReadOnlyList<string>? Staged { get; init; }

        public IReadOnlyList<string>? InPlace { get; init; }

        public string? Only { get; init; }

        public Action? OnStaged { get; init; }

        internal override IReadOnlyList<string> CheckStaged(FilePath staged, CancellationToken cancellationToken)
        {
            OnStaged?.Invoke();
            return Staged ?? base.CheckStaged(staged, cancellationToken);
        }

        internal override IReadOnlyList<string> CheckInPlace(FilePath database, FileIdentity expected) =>
            InPlace is not null && (Only is null || Only == database.ToString()) ? InPlace : base.CheckInPlace(database, expected);
    }
}
