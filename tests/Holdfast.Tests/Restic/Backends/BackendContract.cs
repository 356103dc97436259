using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends;

/// <summary>What every backend promises (section 2.5); run for each implementation.</summary>
public abstract class BackendContract
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>True for storage that lists files before they are whole, with the size they have by then.</summary>
    protected virtual bool ListsFilesBeingWritten => false;

    /// <summary>An empty backend, created.</summary>
    protected abstract Task<IBackend> CreateAsync();

    [Theory]
    [InlineData(FileType.Config)]
    [InlineData(FileType.Key)]
    [InlineData(FileType.Lock)]
    [InlineData(FileType.Snapshot)]
    [InlineData(FileType.Index)]
    [InlineData(FileType.Pack)]
    public async Task Keeps_a_file_of_each_kind_apart(FileType type)
    {
        var backend = await CreateAsync();
        var content = SyntheticTree.RandomBytes(1, 1000);
        var handle = type == FileType.Config ? FileHandle.Config : new FileHandle(type, Id.Of(content));

        Assert.Null(await backend.StatAsync(handle, Token));
        await backend.WriteAsync(handle, content, Token);

        Assert.Equal(1000, await backend.StatAsync(handle, Token));
        Assert.Equal(content, await backend.ReadAllAsync(handle, Token));
        foreach (var other in Enum.GetValues<FileType>())
        {
            Assert.Equal(other == type ? [new StoredFile(handle, 1000)] : [], await ListAsync(backend, other));
        }
    }

    [Fact]
    public async Task Creating_twice_keeps_what_is_there()
    {
        var backend = await CreateAsync();
        var handle = await StoreAsync(backend, FileType.Key, 10);
        await backend.CreateAsync(Token);
        Assert.Equal(10, await backend.StatAsync(handle, Token));
    }

    [Fact]
    public async Task Lists_every_file_once()
    {
        var backend = await CreateAsync();
        var handles = new HashSet<FileHandle>();
        for (var i = 0; i < 300; i++) handles.Add(await StoreAsync(backend, FileType.Pack, 20 + i));

        var listed = await ListAsync(backend, FileType.Pack);

        Assert.Equal(300, listed.Count);
        Assert.Equal(handles, listed.Select(file => file.Handle).ToHashSet());
        Assert.Equal(Enumerable.Range(20, 300).Select(size => (long)size), listed.Select(file => file.Size).Order());
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(0, 1)]
    [InlineData(999, 1)]
    [InlineData(123, 456)]
    [InlineData(1000, 0)]
    [InlineData(0, 0)]
    public async Task Reads_ranges(int offset, int length)
    {
        var backend = await CreateAsync();
        var content = SyntheticTree.RandomBytes(2, 1000);
        var handle = new FileHandle(FileType.Pack, Id.Of(content));
        await backend.WriteAsync(handle, content, Token);

        var destination = new byte[length];
        await backend.ReadAsync(handle, offset, destination, Token);

        Assert.Equal(content[offset..(offset + length)], destination);
    }

    [Theory]
    [InlineData(0, 1001)]
    [InlineData(999, 2)]
    [InlineData(1000, 1)]
    [InlineData(1001, 0)]
    [InlineData(long.MaxValue - 10, 1)]
    public async Task Never_gives_less_than_the_range_asked_for(long offset, int length)
    {
        var backend = await CreateAsync();
        var handle = await StoreAsync(backend, FileType.Pack, 1000);
        await FailsAsync(FailureKind.Damaged, () => backend.ReadAsync(handle, offset, new byte[length], Token));
    }

    [Fact]
    public async Task Reading_what_is_missing_is_not_found()
    {
        var backend = await CreateAsync();
        var missing = new FileHandle(FileType.Snapshot, Id.Random());
        await FailsAsync(FailureKind.NotFound, () => backend.ReadAsync(missing, 0, new byte[1], Token));
        await FailsAsync(FailureKind.NotFound, () => backend.ReadAsync(FileHandle.Config, 0, new byte[1], Token));
        await FailsAsync(FailureKind.NotFound, () => backend.ReadAllAsync(missing, Token));
    }

    [Fact]
    public async Task Replaces_a_file_entirely()
    {
        var backend = await CreateAsync();
        await backend.WriteAsync(FileHandle.Config, new byte[100], Token);
        await backend.WriteAsync(FileHandle.Config, "short"u8.ToArray(), Token);
        Assert.Equal("short"u8.ToArray(), await backend.ReadAllAsync(FileHandle.Config, Token));
    }

    [Fact]
    public async Task Does_not_keep_hold_of_the_writers_buffer()
    {
        var backend = await CreateAsync();
        var buffer = new byte[] { 1, 2, 3 };
        await backend.WriteAsync(FileHandle.Config, buffer, Token);
        buffer[0] = 9;
        Assert.Equal([1, 2, 3], await backend.ReadAllAsync(FileHandle.Config, Token));
    }

    [Fact]
    public async Task Deletes_and_takes_a_missing_file_for_deleted()
    {
        var backend = await CreateAsync();
        var handle = await StoreAsync(backend, FileType.Lock, 10);
        await backend.DeleteAsync(handle, Token);
        await backend.DeleteAsync(handle, Token);
        Assert.Null(await backend.StatAsync(handle, Token));
        Assert.Empty(await ListAsync(backend, FileType.Lock));
    }

    [Fact]
    public async Task Writers_of_the_same_file_leave_one_of_their_versions_whole()
    {
        var backend = await CreateAsync();
        var handle = new FileHandle(FileType.Index, Id.Random());
        var writers = Enumerable.Range(0, 16).Select(value =>
            Task.Run(() => backend.WriteAsync(handle, Enumerable.Repeat((byte)value, 100_000).ToArray(), Token), Token));

        await Task.WhenAll(writers);

        var content = await backend.ReadAllAsync(handle, Token);
        Assert.Equal(100_000, content.Length);
        Assert.Single(content.Distinct());
        Assert.Single(await ListAsync(backend, FileType.Index));
    }

    [Fact]
    public async Task A_cancelled_write_leaves_nothing()
    {
        var backend = await CreateAsync();
        var handle = new FileHandle(FileType.Pack, Id.Random());
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.WriteAsync(handle, new byte[10], cancelled.Token));

        Assert.Null(await backend.StatAsync(handle, Token));
        Assert.Empty(await ListAsync(backend, FileType.Pack));
    }

    [Fact]
    public async Task Every_operation_honours_cancellation()
    {
        var backend = await CreateAsync();
        var handle = await StoreAsync(backend, FileType.Key, 10);
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var cancelled = source.Token;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.CreateAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.StatAsync(handle, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.ReadAsync(handle, 0, new byte[1], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.DeleteAsync(handle, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var file in backend.ListAsync(FileType.Key, cancelled)) Assert.Fail($"listed {file}");
        });
        Assert.Equal(10, await backend.StatAsync(handle, Token));
    }

    [Fact]
    public async Task Keeps_big_and_empty_files()
    {
        var backend = await CreateAsync();
        var content = SyntheticTree.RandomBytes(3, 33_000_001);
        var big = new FileHandle(FileType.Pack, Id.Of(content));
        var empty = new FileHandle(FileType.Pack, Id.Of([]));
        await backend.WriteAsync(big, content, Token);
        await backend.WriteAsync(empty, ReadOnlyMemory<byte>.Empty, Token);

        Assert.Equal(big.Id, Id.Of(await backend.ReadAllAsync(big, Token)));
        Assert.Empty(await backend.ReadAllAsync(empty, Token));
        Assert.Equal([0, 33_000_001], (await ListAsync(backend, FileType.Pack)).Select(file => file.Size).Order());
    }

    [Fact]
    public async Task Listing_survives_files_that_come_and_go()
    {
        var backend = await CreateAsync();
        var stays = await StoreAsync(backend, FileType.Lock, 50);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var churn = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested) await backend.DeleteAsync(await StoreAsync(backend, FileType.Lock, 7), Token);
            },
            Token);

        for (var i = 0; i < 30; i++)
        {
            var listed = await ListAsync(backend, FileType.Lock);
            Assert.Contains(new StoredFile(stays, 50), listed);
            Assert.All(listed, file => Assert.True(file.Size is 50 or 7 || (ListsFilesBeingWritten && file.Size < 7), $"size {file.Size}"));
        }

        await stop.CancelAsync();
        await churn;
    }

    protected static async Task<List<StoredFile>> ListAsync(IBackend backend, FileType type)
    {
        var files = new List<StoredFile>();
        await foreach (var file in backend.ListAsync(type, Token)) files.Add(file);
        return files;
    }

    protected static async Task<FileHandle> StoreAsync(IBackend backend, FileType type, int size)
    {
        var handle = new FileHandle(type, Id.Random());
        await backend.WriteAsync(handle, new byte[size], Token);
        return handle;
    }

    protected static async Task<HoldfastException> FailsAsync(FailureKind kind, Func<Task> action)
    {
        var failure = await Assert.ThrowsAsync<HoldfastException>(action);
        Assert.Equal(kind, failure.Kind);
        return failure;
    }
}
