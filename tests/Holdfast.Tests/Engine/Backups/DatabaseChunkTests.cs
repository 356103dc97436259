using Holdfast.Engine.Backups;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>How databases are cut, and what a later backup adds.</summary>
public sealed class DatabaseChunkTests
{
    private const string Rows = "with recursive n(i) as (select 1 union all select i+1 from n where i<2000) insert into t select randomblob(1000) from n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unchanged_database_adds_next_to_nothing()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("main.db", "create table t(x);" + Rows);
        var first = await scene.BackupAsync(scene.At("main.db"));
        var second = await scene.BackupAsync(scene.At("main.db"));
        Assert.True(first.BytesAdded > 2_000_000, $"{first.BytesAdded}");
        // The record and the trees that lead to it.
        Assert.True(second.BytesAdded < 10_000, $"{second.BytesAdded}");
        Assert.Equal(first.BytesRead, second.BytesRead);
    }

    [Fact]
    public async Task A_changed_page_adds_its_chunk()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("main.db", "create table t(x);" + Rows);
        await scene.BackupAsync(scene.At("main.db"));
        scene.Execute("main.db", "update t set x = randomblob(1000) where rowid = 1000");
        var result = await scene.BackupAsync(scene.At("main.db"));
        Assert.InRange(result.BytesAdded, 1000, (3 * PageChunking.MinimumSize) + 10_000);
    }

    [Fact]
    public async Task A_grown_database_is_cut_as_before_and_whole()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("main.db", "create table t(x);" + Rows);
        var before = await scene.OpenAsync(await scene.BackupAsync(scene.At("main.db")));
        scene.Execute("main.db", Rows);
        var after = await scene.OpenAsync(await scene.BackupAsync(scene.At("main.db")));
        var (old, now) = (before.Node(scene.At("main.db")).Content!, after.Node(scene.At("main.db")).Content!);
        Assert.True(now.Count > old.Count);
        Assert.True(old.Intersect(now).Count() > old.Count / 2);
        Assert.Equal(await File.ReadAllBytesAsync(scene.Temp["main.db"], Token), await after.BytesAsync(scene.At("main.db")));
    }

    [Theory]
    [InlineData(4 * PageChunking.MinimumSize, 4 * PageChunking.MinimumSize)]
    [InlineData(8 * PageChunking.MinimumSize, PageChunking.MinimumSize)]
    [InlineData(PageChunking.MinimumSize + 1, PageChunking.MinimumSize)]
    public async Task The_size_of_the_parents_chunks_is_kept_while_it_is_near_the_ideal(int previous, int expected)
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("main.db", "create table t(x);" + Rows);
        var index = await scene.Repository.LoadIndexAsync(Token);
        await using var writer = new BlobWriter(scene.Repository, index, TimeProvider.System, Task.CompletedTask);
        var archiver = new DatabaseArchiver(writer, new BackupLog(), new Holdfast.Engine.Progress.OperationProgress(), new(), workers: 2);
        var (content, size, _) = await archiver.SaveAsync(scene.Declare("main", "main.db"), previous, Token);
        await writer.FlushAsync(Token);
        Assert.Equal(expected, (int)index.Locate(new BlobHandle(BlobType.Data, content[0]))!.Value.Blob.PlainLength);
        Assert.Equal((size + expected - 1) / expected, content.Count);
    }
}
