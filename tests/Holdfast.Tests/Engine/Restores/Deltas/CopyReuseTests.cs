using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Deltas;

/// <summary>On a file system whose files share nothing, and what is the same on all of them.</summary>
public sealed class CopyReuseTests : ContentReuseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_symbolic_link_is_not_followed()
    {
        var chunks = Chunks(1, 4);
        await File.WriteAllBytesAsync(Path.Combine(Scene.Folder, "elsewhere"), chunks[0], Token);
        File.CreateSymbolicLink(Scene.Present, "elsewhere");

        Assert.Equal(0, await Scene.StageAsync(await Scene.StoreAsync([chunks[0]])));

        Assert.Equal(chunks[0], await File.ReadAllBytesAsync(Scene.Staged, Token));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("folder")]
    [InlineData("fifo")]
    [InlineData("empty")]
    public async Task What_is_no_file_with_content_is_of_no_use_and_no_error(string kind)
    {
        if (kind == "folder") Directory.CreateDirectory(Scene.Present);
        if (kind == "fifo") new SyntheticTree(Scene.Folder).Fifo("file");
        if (kind == "empty") await File.WriteAllBytesAsync(Scene.Present, [], Token);
        var chunks = Chunks(1, 2);

        Assert.Equal(0, await Scene.StageAsync(await Scene.StoreAsync(chunks)));

        Assert.Empty(Scene.Lost);
        Assert.Equal(2 * 16384, new FileInfo(Scene.Staged).Length);
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(1 << 20, 1)]
    public async Task Gaps_are_read_over_where_that_costs_less_than_another_read(int costOfRead, int reads)
    {
        var (wanted, present) = (Chunks(1, 200), Chunks(1, 200));
        for (var changed = 0; changed < 200; changed += 10) present[changed][0] ^= 1;
        await File.WriteAllBytesAsync(Scene.Present, [.. present.SelectMany(chunk => chunk)], Token);
        var item = await Scene.StoreAsync(wanted);
        Scene.Scene.Backend.CostOfRead = costOfRead;

        Assert.Equal(180 * 16384, await Scene.StageAsync(item));

        Assert.Equal(reads, Scene.PacksRead);
    }

    [Fact]
    public async Task Locks_of_a_connection_in_this_process_stay()
    {
        using var connection = SqliteConnections.OpenOrCreate(Scene.Present);
        connection.Execute("create table t(x); insert into t values(randomblob(100000))");
        var content = await File.ReadAllBytesAsync(Scene.Present, Token);
        connection.Execute("begin immediate");

        Assert.Equal(0, await Scene.StageAsync(await Scene.StoreAsync([content])));

        // Where SQLite has its locks (fileformat2.html, 1.4).
        Assert.Null(ByteRangeLock.TryTake(FilePath.From(Scene.Present), 1 << 30, 512, out _));
    }

    [Fact]
    public async Task Without_sharing_a_clone_is_declined_and_nothing_is_left_of_the_attempt()
    {
        using var files = await SmallFileSystem.MountAsync(8 << 20);
        var source = Path.Combine(files.Path, "source");
        await File.WriteAllBytesAsync(source, new byte[5000], Token);
        using var writer = SparseFileWriter.Create(FilePath.From(Path.Combine(files.Path, "copy")));
        using var reader = DescriptorReader.Open(FilePath.From(source));

        Assert.False(writer.TryClone(reader));

        Assert.False(writer.IsClone);
        Assert.Equal(0, new FileInfo(Path.Combine(files.Path, "copy")).Length);
    }

    private protected override Task<DeltaScene> CreateAsync() => DeltaScene.CreateAsync();
}
