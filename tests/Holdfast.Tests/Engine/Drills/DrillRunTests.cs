using Holdfast.Engine.Backups;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Restores;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

public sealed class DrillRunTests : IAsyncLifetime
{
    private const string Location = "/somewhere/repository";

    private Scene _scene = null!;
    private LocalState _state = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FilePath Scratch => FilePath.From(_scene.Temp["scratch"]);

    public async ValueTask InitializeAsync()
    {
        _scene = await Scene.CreateAsync();
        _state = LocalState.Open(FilePath.From(_scene.Temp["state"]));
        Directory.CreateDirectory(Scratch.ToString());
        _scene.Execute("create table parent(id integer primary key); create table child(p references parent(id)); insert into parent values(1); insert into child values(1)");
        _scene.Temp.WriteFile("app/config", "hello");
        new SyntheticTree(_scene.App).SymbolicLink("link", "config").Directory("empty").Fifo("fifo");
    }

    public ValueTask DisposeAsync()
    {
        _state.Dispose();
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Proves_a_good_snapshot_and_remembers_it()
    {
        await _scene.BackupAsync(Declared(["parent", "CHILD"], ["select count(*) = 1 from parent"]));

        var result = await DrillAsync();

        Assert.All(result.Checks, check => Assert.True(check.Passed, check.Detail));
        Assert.True(result.Proven);
        Assert.Equal((1, 2), (result.Databases, result.Files));
        Assert.Equal(
            ["restore", "snapshot", "content", "integrity_check", "foreign_key_check", "expected_tables", "assertion", "row_counts"],
            result.Checks.Select(check => check.Name));
        Assert.Empty(Directory.GetFileSystemEntries(Scratch.ToString()));
        var remembered = new ProofStore(_state).Load(_scene.Repository.Config.Id, Location).LastOf(await _scene.LatestAsync())!;
        Assert.True(remembered.Proven);
        Assert.Equal(result.Checks, DrillCheck.Parse(remembered.ChecksJson));
    }

    [Fact]
    public async Task A_missing_table_proves_nothing()
    {
        await _scene.BackupAsync(Declared(["parent", "gone"], []));
        await AssertFailsAsync("expected_tables", "gone");
    }

    [Theory]
    [InlineData("select count(*) > 5 from parent", "it gave '0'")]
    [InlineData("select x from nowhere", "SQLite says: no such table: nowhere")]
    [InlineData("delete from child", "an assertion must only read")]
    [InlineData("select 1 where 0", "no row")]
    public async Task An_assertion_that_does_not_hold_proves_nothing(string assertion, string detail)
    {
        await _scene.BackupAsync(Declared([], [assertion]));
        var result = await AssertFailsAsync("assertion", detail);
        Assert.DoesNotContain(result.Checks, check => check.ToString().Contains(Scratch.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_that_refers_to_nothing_proves_nothing()
    {
        _scene.Execute("pragma foreign_keys=off; insert into child values(99)");
        await _scene.BackupAsync();
        await AssertFailsAsync("foreign_key_check", "child");
    }

    [Fact]
    public async Task A_corrupt_database_proves_nothing()
    {
        _scene.Execute("create index i on child(p); insert into child select 1 from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) select i from n)");
        using (var file = File.OpenWrite(_scene.Database))
        {
            file.Position = file.Length - 4096;
            file.Write(new byte[4096]);
        }

        await _scene.BackupAsync();
        await AssertFailsAsync("integrity_check", string.Empty);
    }

    [Fact]
    public async Task A_database_that_could_not_be_saved_proves_nothing()
    {
        await _scene.BackupAsync(new DatabaseSource("absent", FilePath.From(_scene.At("absent.db")), [], []));
        await AssertFailsAsync("snapshot", "absent");
    }

    [Fact]
    public async Task A_snapshot_from_which_files_are_missing_proves_nothing()
    {
        await _scene.BackupAsync();
        await RewriteRecordAsync(json => json.Replace(
            "\"problems\": []", "\"problems\": [\"one\", \"two\\u001b\", \"3\", \"4\", \"5\", \"6\"]", StringComparison.Ordinal));

        var result = await AssertFailsAsync("snapshot", "one; two\\u{1b}; 3; 4; 5; and 1 more");

        Assert.Equal(["snapshot"], result.Checks.Where(check => !check.Passed).Select(check => check.Name));
    }

    [Fact]
    public async Task A_database_that_was_damaged_when_it_was_saved_is_told_by_a_restore_and_proves_nothing()
    {
        await _scene.BackupAsync();
        await RewriteRecordAsync(json => json.Replace("\"damage\": []", "\"damage\": [\"page 7 of t: broken\"]", StringComparison.Ordinal));

        var restored = await _scene.RestoreAsync();

        Assert.Equal(["the database main was damaged when it was saved: page 7 of t: broken"], restored.Problems);
        Assert.Empty((await _scene.RestoreAsync(await _scene.OptionsAsync(inPlace: false, _scene.At("config")) with { Target = FilePath.From(_scene.Temp["other"]) })).Problems);
        await AssertFailsAsync("snapshot", "page 7");
    }

    [Fact]
    public async Task A_count_that_differs_from_the_recorded_one_proves_nothing()
    {
        await _scene.BackupAsync();
        await RewriteRecordAsync(json => json.Replace("\"child\": 1", "\"child\": 7", StringComparison.Ordinal));
        await AssertFailsAsync("row_counts", "child has 1 rows and had 7");
    }

    [Fact]
    public async Task A_database_that_is_damaged_in_the_repository_proves_nothing()
    {
        _scene.Execute("vacuum");
        await _scene.BackupAsync();
        var content = (await File.ReadAllBytesAsync(_scene.Database, Token)).AsSpan(0, (int)Math.Min(16384, new FileInfo(_scene.Database).Length)).ToArray();
        await _scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of(content)));
        await AssertFailsAsync("restore", "main.db");
    }

    [Fact]
    public async Task A_damaged_blob_proves_nothing_and_everything_hurt_is_named()
    {
        await _scene.BackupAsync();
        await _scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of("hello"u8)));
        var result = await AssertFailsAsync("restore", "config");
        Assert.Contains(result.Checks, check => check is { Name: "content", Passed: false });
    }

    [Fact]
    public async Task A_hostile_snapshot_proves_nothing()
    {
        await _scene.SaveSnapshotAsync(writer => Scene.SaveTreeAsync(writer, Scene.FileNode("..", 0)), "/");
        await AssertFailsAsync("restore", "would lead elsewhere");
    }

    [Fact]
    public async Task A_damaged_index_proves_nothing_and_replaces_an_older_proof()
    {
        await _scene.BackupAsync();
        Assert.True((await DrillAsync()).Proven);
        foreach (var index in await IndexesAsync()) await _scene.Backend.WriteAsync(index, "nonsense"u8.ToArray(), Token);

        await AssertFailsAsync("restore", "index");
    }

    [Fact]
    public async Task A_record_of_a_newer_format_is_done_without_and_proves_nothing()
    {
        await _scene.BackupAsync();
        await RewriteRecordAsync(json => json
            .Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal)
            .Replace("\"problems\": []", "\"problems\": {}", StringComparison.Ordinal));

        var restored = await _scene.RestoreAsync();
        var result = await AssertFailsAsync("snapshot", "format 2");

        Assert.Empty(restored.Problems);
        Assert.Contains("recognised by their header", Assert.Single(restored.Notices), StringComparison.Ordinal);
        Assert.Equal((1, 1), (restored.Databases, result.Databases));
        Assert.Contains(result.Checks, check => check is { Name: "integrity_check", Passed: true });
    }

    [Fact]
    public async Task A_scratch_directory_that_cannot_be_removed_costs_a_notice_and_not_the_record()
    {
        await _scene.BackupAsync();
        var run = await RunAsync(
            TimeProvider.System, scratch => throw new HoldfastException(FailureKind.Busy, "it is in use"), isLocked: false, Scratch);

        var result = await run.ExecuteAsync(Token);

        Assert.True(result.Proven);
        Assert.True(new ProofStore(_state).Load(_scene.Repository.Config.Id, Location).LastOf(await _scene.LatestAsync())!.Proven);
        var left = Assert.Single(Directory.GetFileSystemEntries(Scratch.ToString()));
        Assert.Contains(result.Notices, notice => notice.Contains(left, StringComparison.Ordinal) && notice.Contains("in use", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_lock_and_one_reading_of_the_index_serve_the_whole_drill()
    {
        await _scene.BackupAsync();
        var (indexes, unlocked) = (0, 0);
        _scene.Backend.BeforeRead = handle =>
        {
            if (handle.Type == FileType.Index) indexes++;
            if (handle.Type == FileType.Pack && _scene.Backend.Locks != 1) unlocked++;
        };

        var run = await RunAsync(TimeProvider.System, scratch => scratch.Dispose(), isLocked: true, Scratch);
        var before = _scene.Backend.LocksWritten;
        indexes = 0;
        Assert.True((await run.ExecuteAsync(Token)).Proven);

        Assert.Equal(((await IndexesAsync()).Count, 0), (indexes, unlocked));
        Assert.Equal((1, 0), (_scene.Backend.LocksWritten - before, _scene.Backend.Locks));
    }

    [Fact]
    public async Task Content_that_differs_on_the_scratch_is_found()
    {
        await _scene.BackupAsync();
        var options = await _scene.OptionsAsync();
        await _scene.RestoreAsync(options);
        var reader = new BlobReader(_scene.Repository, await _scene.Repository.LoadIndexAsync(Token));
        var plan = await new Holdfast.Engine.Restores.RestorePlanner(reader, options).PlanAsync(Token);
        var item = plan.Items.Single(item => item.Source.ToString() == _scene.At("config"));
        var comparison = new ContentComparison(reader, new OperationProgress());
        Assert.Null(comparison.Difference(item, Token));

        var time = File.GetLastWriteTimeUtc(item.Destination.ToString());
        await File.WriteAllTextAsync(item.Destination.ToString(), "hellO");
        Assert.Contains("modification time", comparison.Difference(item, Token), StringComparison.Ordinal);
        new SyntheticTree(Path.GetDirectoryName(item.Destination.ToString())!).ModifiedAt("config", item.Node.ModifiedAt.UnixSeconds, item.Node.ModifiedAt.Nanoseconds);
        Assert.Contains("chunk 1", comparison.Difference(item, Token), StringComparison.Ordinal);
        File.SetUnixFileMode(item.Destination.ToString(), UnixFileMode.UserRead);
        Assert.Contains("mode", comparison.Difference(item, Token), StringComparison.Ordinal);
        File.Delete(item.Destination.ToString());
        Assert.Contains("not there", comparison.Difference(item, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_every_place_when_none_has_room_and_records_nothing()
    {
        using var small = await SmallFileSystem.MountAsync(1 << 20);
        await _scene.BackupAsync();

        var error = await Assert.ThrowsAsync<HoldfastException>(() => DrillAsync(FilePath.From(small.Path)));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.Contains(small.Path, error.Message, StringComparison.Ordinal);
        Assert.Empty(new ProofStore(_state).Load(_scene.Repository.Config.Id, Location).Drills);
    }

    [Fact]
    public async Task Takes_the_first_place_with_room_and_tidies_up_after_a_killed_drill()
    {
        using var small = await SmallFileSystem.MountAsync(1 << 20);
        await _scene.BackupAsync();
        var leftover = Directory.CreateDirectory(_scene.Temp["scratch", "holdfast-scratch-99999999-1-00000000"]).FullName;

        Assert.True((await DrillAsync(FilePath.From(small.Path), Scratch)).Proven);

        Assert.False(Path.Exists(leftover));
    }

    [Fact]
    public async Task A_cancelled_drill_leaves_no_scratch_and_no_record()
    {
        await _scene.BackupAsync();
        using var stop = new CancellationTokenSource();
        var clock = new StoppingClock(stop, after: 3);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await RunAsync(clock, Scratch)).ExecuteAsync(stop.Token));

        Assert.Empty(Directory.GetFileSystemEntries(Scratch.ToString()));
        Assert.Empty(new ProofStore(_state).Load(_scene.Repository.Config.Id, Location).Drills);
    }

    [Fact]
    public void A_place_that_was_asked_for_is_the_only_candidate()
    {
        var (asked, state, repository) = (Scratch, FilePath.From("/state"), FilePath.From("/backups/repository"));
        Assert.Equal([asked], ScratchPlaces.Only(asked));
        Assert.Equal(["/tmp", "/var/tmp", "/state", "/backups"], ScratchPlaces.Candidates(FilePath.From("/tmp"), state, repository).Select(path => path.ToString()));
    }

    [Fact]
    public async Task A_scratch_folder_that_does_not_exist_is_an_error_and_is_not_made()
    {
        await _scene.BackupAsync();
        var absent = FilePath.From(_scene.Temp["absent"]);

        var asked = Assert.Throws<HoldfastException>(() => ScratchPlaces.Only(absent));
        Assert.Equal(FailureKind.NotFound, asked.Kind);
        await Assert.ThrowsAsync<HoldfastException>(() => DrillAsync(absent));
        Assert.True((await DrillAsync(absent, Scratch)).Proven);

        Assert.False(Path.Exists(absent.ToString()));
    }

    private DatabaseSource Declared(IReadOnlyList<string> tables, IReadOnlyList<string> assertions) =>
        new("main", FilePath.From(_scene.Database), tables, assertions);

    private async Task<List<FileHandle>> IndexesAsync()
    {
        var indexes = new List<FileHandle>();
        await foreach (var file in _scene.Backend.ListAsync(FileType.Index, Token)) indexes.Add(file.Handle);
        return indexes;
    }

    private Task<DrillRun> RunAsync(TimeProvider clock, params FilePath[] places) =>
        RunAsync(clock, scratch => scratch.Dispose(), isLocked: false, places);

    private async Task<DrillRun> RunAsync(TimeProvider clock, Action<ScratchDirectory> remove, bool isLocked, params FilePath[] places)
    {
        var options = new DrillOptions
        {
            Snapshot = await _scene.LatestAsync(),
            RepositoryLocation = Location,
            ScratchCandidates = places.Length == 0 ? [Scratch] : places,
            Identity = Scene.Tester,
            Lock = isLocked,
            Program = "test",
        };
        return new DrillRun(_scene.Repository, _state, options, clock, new OperationProgress()) { Remove = remove };
    }

    private async Task<DrillResult> DrillAsync(params FilePath[] places) => await (await RunAsync(TimeProvider.System, places)).ExecuteAsync(Token);

    private async Task<DrillResult> AssertFailsAsync(string check, string detail)
    {
        var result = await DrillAsync();
        Assert.False(result.Proven);
        Assert.Contains(detail, string.Join('\n', result.Checks.Where(found => found.Name == check && !found.Passed).Select(found => found.Detail)), StringComparison.Ordinal);
        Assert.Contains(result.Checks, found => found.Name == check && !found.Passed);
        Assert.False(new ProofStore(_state).Load(_scene.Repository.Config.Id, Location).LastOf(await _scene.LatestAsync())!.Proven);
        Assert.True(!Directory.Exists(Scratch.ToString()) || Directory.GetFileSystemEntries(Scratch.ToString()).Length == 0);
        return result;
    }

    /// <summary>Saves the last snapshot again with another record.</summary>
    private async Task RewriteRecordAsync(Func<string, string> change)
    {
        var latest = await _scene.LatestAsync();
        var reader = new BlobReader(_scene.Repository, await _scene.Repository.LoadIndexAsync(Token));
        await _scene.SaveSnapshotAsync(writer => RewriteAsync(writer, reader, latest.Snapshot.Tree, change), [.. latest.Snapshot.Paths]);
    }

    private static async Task<Id> RewriteAsync(BlobWriter writer, BlobReader reader, Id tree, Func<string, string> change)
    {
        var nodes = (await reader.ReadTreeAsync(tree, Token)).ToList();
        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].Subtree is { } below) nodes[i] = nodes[i] with { Subtree = await RewriteAsync(writer, reader, below, change) };
            if (!nodes[i].Name.Span.SequenceEqual("snapshot.json"u8)) continue;
            var old = System.Text.Encoding.UTF8.GetString(await reader.ReadAsync(new BlobHandle(BlobType.Data, nodes[i].Content![0]), Token));
            var json = change(old);
            Assert.NotEqual(old, json);
            nodes[i] = nodes[i] with { Content = [await Scene.SaveTextAsync(writer, json)], Size = (ulong)json.Length };
        }

        return await Scene.SaveTreeAsync(writer, [.. nodes]);
    }

    private sealed class StoppingClock(CancellationTokenSource stop, int after) : TimeProvider
    {
        private int _left = after;

        public override long GetTimestamp()
        {
            if (--_left == 0) stop.Cancel();
            return base.GetTimestamp();
        }
    }
}
