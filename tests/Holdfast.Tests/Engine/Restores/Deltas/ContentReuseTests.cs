using FsCheck.Fluent;
using Holdfast.Engine.Files;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Holdfast.Tests.Engine.Databases.Sqlite;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Deltas;

/// <summary>What every way of reusing the present content has to hold.</summary>
public abstract class ContentReuseTests : IAsyncLifetime
{
    private const int Chunk = 16384;

    private protected DeltaScene Scene { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Scene = await CreateAsync();

    public virtual ValueTask DisposeAsync()
    {
        Scene?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Fetches_nothing_when_everything_is_there()
    {
        var chunks = Chunks(1, 200);
        await WriteAsync(chunks);
        var item = await Scene.StoreAsync(chunks);

        Assert.Equal(item.Bytes, await Scene.StageAsync(item));

        Assert.Equal(0, Scene.PacksRead);
        Assert.Equal(item.Bytes, Scene.Progress.Bytes);
        await AssertStagedAsync(chunks);
    }

    [Fact]
    public async Task Fetches_only_what_differs_and_leaves_the_present_content_alone()
    {
        var (wanted, present) = (Chunks(1, 200), Chunks(1, 200));
        foreach (var changed in (int[])[0, 57, 58, 199]) present[changed][^1] ^= 1;
        await WriteAsync(present);
        var item = await Scene.StoreAsync(wanted);

        Assert.Equal(196 * Chunk, await Scene.StageAsync(item));

        Assert.Equal(item.Bytes, Scene.Progress.Bytes);
        await AssertStagedAsync(wanted);
        Assert.Equal(Join(present), await File.ReadAllBytesAsync(Scene.Present, Token));
    }

    [Fact]
    public async Task What_is_damaged_in_the_repository_but_there_already_is_restored()
    {
        var (wanted, present) = (Chunks(1, 100), Chunks(1, 100));
        present[3][0] ^= 1;
        await WriteAsync(present);
        var item = await Scene.StoreAsync(wanted);
        await Scene.Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of(wanted[50])));

        await Scene.StageAsync(item);

        Assert.Empty(Scene.Lost);
        await AssertStagedAsync(wanted);
    }

    [Fact]
    public async Task What_is_damaged_in_the_repository_and_differs_costs_the_file()
    {
        var (wanted, present) = (Chunks(1, 100), Chunks(1, 100));
        present[50][0] ^= 1;
        await WriteAsync(present);
        var item = await Scene.StoreAsync(wanted);
        await Scene.Scene.DamageAsync(new BlobHandle(BlobType.Data, Id.Of(wanted[50])));

        Assert.Equal(0, await Scene.StageAsync(item));

        Assert.Single(Scene.Lost);
        Assert.False(File.Exists(Scene.Staged));
    }

    [Fact]
    public async Task Zeros_stay_holes_and_old_content_does_not_show_through_them()
    {
        var wanted = Chunks(1, 256);
        for (var i = 100; i < 256; i++) wanted[i] = new byte[Chunk];
        wanted[99].AsSpan(0, 8192).Clear();
        var present = Chunks(1, 100).Concat(Chunks(2, 156)).ToList();
        await WriteAsync(present);
        var item = await Scene.StoreAsync(wanted);

        Assert.Equal(99 * Chunk, await Scene.StageAsync(item));

        await AssertStagedAsync(wanted);
        Assert.True(FileSystem.Status(FilePath.From(Scene.Staged), followLinks: false).Blocks * 512 <= 101 * Chunk);
    }

    [Fact]
    public async Task A_large_sparse_file_stays_one()
    {
        using (var file = File.Create(Scene.Present)) file.SetLength(64 << 20);
        var item = await Scene.StoreAsync([.. Enumerable.Range(0, 4096).Select(_ => new byte[Chunk])]);

        Assert.Equal(64 << 20, await Scene.StageAsync(item));

        Assert.Equal(64 << 20, new FileInfo(Scene.Staged).Length);
        Assert.Equal(0UL, FileSystem.Status(FilePath.From(Scene.Staged), followLinks: false).Blocks);
    }

    [Fact]
    public void Any_present_content_gives_exactly_the_wanted_one()
    {
        // Seeds, because what they stand for is too large to be generated value by value.
        Property.Check(Gen.Choose(0, int.MaxValue), 25, seed =>
        {
            var random = new Random(seed);
            var wanted = Wanted(random);
            File.WriteAllBytes(Scene.Present, Present(random, Join(wanted)));
            var item = Scene.StoreAsync(wanted).GetAwaiter().GetResult();
            var reused = Scene.StageAsync(item).GetAwaiter().GetResult();
            return reused <= item.Bytes && Scene.Lost.Count == 0 && AreSame(Join(wanted), File.ReadAllBytes(Scene.Staged));
        });
    }

    [Fact]
    public async Task A_writer_that_changes_the_database_meanwhile_changes_nothing_of_what_is_staged()
    {
        using var writer = WriterProcess.Sql(Scene.Present);
        writer.Run("pragma synchronous=off");
        writer.Run("create table t(id integer primary key, flag int, x blob)");
        writer.Run("with recursive n(i) as (select 1 union all select i + 1 from n where i < 700) insert into t select i, 0, randomblob(3000) from n");
        var content = await File.ReadAllBytesAsync(Scene.Present, Token);
        var item = await Scene.StoreAsync([.. content.Chunk(Chunk)]);
        using var done = new CancellationTokenSource();
        // Every page is now the wanted one, now another.
        var writing = Task.Run(
            () =>
            {
                var rounds = 0;
                for (; !done.IsCancellationRequested; rounds++) writer.Run("update t set flag = 1 - flag");
                return rounds;
            },
            Token);

        var partly = 0;
        for (var i = 0; i < 20; i++)
        {
            var reused = await Scene.StageAsync(item);
            if (reused > 0 && reused < item.Bytes) partly++;
            Assert.True(AreSame(content, await File.ReadAllBytesAsync(Scene.Staged, Token)), $"staging {i} is not what was saved");
        }

        await done.CancelAsync();
        Assert.True(await writing > 1);
        Assert.True(partly > 0, "the writer has never been in the way");
    }

    private protected abstract Task<DeltaScene> CreateAsync();

    private protected static List<byte[]> Chunks(int seed, int count) => [.. SyntheticTree.RandomBytes(seed, count * Chunk).Chunk(Chunk)];

    private static bool AreSame(byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right);

    private static byte[] Join(IEnumerable<byte[]> chunks) => [.. chunks.SelectMany(chunk => chunk)];

    /// <summary>Up to 3 MiB in chunks of different lengths, some of them zeros, some the same.</summary>
    private static List<byte[]> Wanted(Random random)
    {
        var chunks = new List<byte[]>();
        for (var left = random.Next(0, 3 << 20); left > 0; left -= chunks[^1].Length)
        {
            var kind = random.Next(10);
            var chunk = new byte[Math.Min(left, random.Next(2) == 0 ? Chunk : random.Next(1, 200_000))];
            if (kind > 2) random.NextBytes(chunk);
            if (kind > 7) chunk.AsSpan(chunk.Length / 3, chunk.Length / 3).Clear();
            chunks.Add(kind == 2 && chunks.Count > 0 && chunks[^1].Length <= left ? chunks[^1] : chunk);
        }

        return chunks;
    }

    /// <summary>The wanted content with bytes and ranges changed, and of another length.</summary>
    private static byte[] Present(Random random, byte[] wanted)
    {
        var present = new byte[random.Next(3) == 0 ? random.Next(0, wanted.Length + (1 << 20)) : wanted.Length];
        random.NextBytes(present);
        wanted.AsSpan(0, Math.Min(wanted.Length, present.Length)).CopyTo(present);
        for (var change = random.Next(12); change > 0 && present.Length > 0; change--)
        {
            var start = random.Next(present.Length);
            var range = present.AsSpan(start, Math.Min(present.Length - start, random.Next(2) == 0 ? 1 : random.Next(100_000)));
            if (random.Next(2) == 0) range.Clear();
            else random.NextBytes(range);
        }

        return present;
    }

    private Task WriteAsync(IEnumerable<byte[]> chunks) => File.WriteAllBytesAsync(Scene.Present, Join(chunks), Token);

    private async Task AssertStagedAsync(IEnumerable<byte[]> chunks)
    {
        Assert.Empty(Scene.Lost);
        Assert.True(AreSame(Join(chunks), await File.ReadAllBytesAsync(Scene.Staged, Token)), "what is staged differs");
    }
}
