using Holdfast.Engine.Backups;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Restores;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

/// <summary>An application with a database, a configuration and odd files, and a drill of what was saved of it.</summary>
public abstract class DrillTests : SceneTests
{
    protected const string Location = "/somewhere/repository";

    private LocalState _state = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected ProofStore Proofs => new(_state);

    private protected FilePath Scratch => FilePath.From(Scene.Temp["scratch"]);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _state = LocalState.Open(FilePath.From(Scene.Temp["state"]));
        Directory.CreateDirectory(Scratch.ToString());
        Scene.Execute("create table parent(id integer primary key); create table child(p references parent(id)); insert into parent values(1); insert into child values(1)");
        Scene.Temp.WriteFile("app/config", "hello");
        new SyntheticTree(Scene.App).SymbolicLink("link", "config").Directory("empty").Fifo("fifo");
    }

    public override ValueTask DisposeAsync()
    {
        _state.Dispose();
        return base.DisposeAsync();
    }

    private protected DatabaseSource Declared(IReadOnlyList<string> tables, IReadOnlyList<string> assertions) =>
        new("main", FilePath.From(Scene.Database), tables, assertions);

    private protected async Task<List<FileHandle>> IndexesAsync()
    {
        var indexes = new List<FileHandle>();
        await foreach (var file in Scene.Backend.ListAsync(FileType.Index, Token)) indexes.Add(file.Handle);
        return indexes;
    }

    private protected Task<DrillRun> RunAsync(TimeProvider clock, params FilePath[] places) =>
        RunAsync(clock, scratch => scratch.Dispose(), isLocked: false, places);

    private protected async Task<DrillRun> RunAsync(TimeProvider clock, Action<ScratchDirectory> remove, bool isLocked, params FilePath[] places) =>
        Run(await Scene.LatestAsync(), clock, remove, isLocked, places);

    private protected DrillRun Run(StoredSnapshot snapshot) => Run(snapshot, TimeProvider.System, scratch => scratch.Dispose(), isLocked: false);

    private DrillRun Run(StoredSnapshot snapshot, TimeProvider clock, Action<ScratchDirectory> remove, bool isLocked, params FilePath[] places)
    {
        var options = new DrillOptions
        {
            Snapshot = snapshot,
            RepositoryLocation = Location,
            ScratchCandidates = places.Length == 0 ? [Scratch] : places,
            Identity = Scene.Tester,
            Lock = isLocked,
            Program = "test",
        };
        return new DrillRun(Drilled ?? Scene.Repository, _state, options, clock, new OperationProgress()) { Remove = remove };
    }

    /// <summary>What is drilled in place of the scene's own repository.</summary>
    private protected Repository? Drilled { get; set; }

    private protected async Task<DrillResult> DrillAsync(params FilePath[] places) => await (await RunAsync(TimeProvider.System, places)).ExecuteAsync(Token);

    private protected async Task<DrillResult> AssertFailsAsync(string check, string detail)
    {
        var result = await DrillAsync();
        Assert.False(result.Proven);
        Assert.Contains(detail, string.Join('\n', result.Checks.Where(found => found.Name == check && !found.Passed).Select(found => found.Detail)), StringComparison.Ordinal);
        Assert.Contains(result.Checks, found => found.Name == check && !found.Passed);
        Assert.False(Proofs.Load(Scene.Repository.Config.Id, Location).LastOf(await Scene.LatestAsync())!.Proven);
        Assert.True(!Directory.Exists(Scratch.ToString()) || Directory.GetFileSystemEntries(Scratch.ToString()).Length == 0);
        return result;
    }

    /// <summary>Saves the last snapshot again with another record.</summary>
    private protected async Task RewriteRecordAsync(Func<string, string> change)
    {
        var latest = await Scene.LatestAsync();
        var reader = new BlobReader(Scene.Repository, await Scene.Repository.LoadIndexAsync(Token));
        await Scene.SaveSnapshotAsync(writer => RewriteAsync(writer, reader, latest.Snapshot.Tree, change), [.. latest.Snapshot.Paths]);
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
}
