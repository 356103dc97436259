using System.Buffers;
using Holdfast.Engine.Files;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;
using DirectorySync = Holdfast.Restic.Backends.Local.DirectorySync;

namespace Holdfast.Tests.Restic.Backends;

public sealed class LocalBackendTests : BackendContract, IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Repository => _directory["repository"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Makes_the_directories_of_restics_layout_for_the_owner_alone()
    {
        await CreateAsync();

        string[] expected = ["data", "index", "keys", "locks", "snapshots"];
        Assert.Equal(expected, Directory.GetDirectories(Repository).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(256, Directory.GetDirectories(Path.Combine(Repository, "data")).Length);
        Assert.All(
            Directory.GetDirectories(Repository, "*", SearchOption.AllDirectories).Append(Repository),
            path => Assert.Equal(0x1C0, (int)File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task Gives_what_root_writes_to_the_owner_of_the_repository()
    {
        RealComponent.RequireRoot("giving files away");
        var backend = await CreateAsync();
        (await RunningProcess.RunAsync("chown", ["-R", "65534:65534", Repository])).Expect(0);
        var pack = (await StoreAsync(backend, FileType.Pack, 5)).Id.ToString();

        var status = FileSystem.Status(FilePath.From(Path.Combine(Repository, "data", pack[..2], pack)), followLinks: false);
        Assert.Equal((65534u, 65534u), (status.Uid, status.Gid));
    }

    [Fact]
    public async Task Stores_files_read_only_where_restic_looks_for_them()
    {
        var backend = await CreateAsync();
        var pack = await StoreAsync(backend, FileType.Pack, 5);
        var snapshot = await StoreAsync(backend, FileType.Snapshot, 5);
        await backend.WriteAsync(FileHandle.Config, new byte[5], Token);

        var name = pack.Id.ToString();
        foreach (var path in new[] { $"data/{name[..2]}/{name}", $"snapshots/{snapshot.Id}", "config" })
        {
            Assert.Equal(0x100, (int)File.GetUnixFileMode(Path.Combine(Repository, path)));
        }
    }

    [Fact]
    public async Task Shares_with_the_group_where_the_config_is_shared()
    {
        var backend = await CreateAsync();
        await backend.WriteAsync(FileHandle.Config, new byte[5], Token);
        File.SetUnixFileMode(Path.Combine(Repository, "config"), (UnixFileMode)0x120);
        Directory.Delete(Path.Combine(Repository, "keys"));

        var key = await StoreAsync(backend, FileType.Key, 5);

        Assert.Equal(0x120, (int)File.GetUnixFileMode(Path.Combine(Repository, "keys", key.Id.ToString())));
        Assert.Equal(0x28, (int)File.GetUnixFileMode(Path.Combine(Repository, "keys")) & 0x28);
    }

    [Fact]
    public async Task Passes_over_everything_that_restic_does_not_store()
    {
        var backend = await CreateAsync();
        var pack = await StoreAsync(backend, FileType.Pack, 5);
        var tree = new SyntheticTree(Repository);
        var name = Id.Random().ToString();
        tree.File("data/plain file", "x"u8).File($"data/00/{name}-tmp-1234", "x"u8).File("data/00/.hidden", "x"u8);
        tree.File($"data/00/{name.ToUpperInvariant()}", "x"u8).File("data/00/caf\udce9", "x"u8).Directory("data/extra");
        tree.Directory("data/00/00" + name[2..]).File("data/00/ff" + name[2..], "x"u8).Fifo("data/01/01" + name[2..]);

        Assert.Equal([new StoredFile(pack, 5)], await ListAsync(backend, FileType.Pack));
    }

    [Fact]
    public async Task A_missing_directory_is_empty_and_made_again_by_a_writer()
    {
        var backend = await CreateAsync();
        Directory.Delete(Path.Combine(Repository, "data"), recursive: true);
        Directory.Delete(Path.Combine(Repository, "locks"));
        Assert.Empty(await ListAsync(backend, FileType.Pack));
        Assert.Empty(await ListAsync(backend, FileType.Lock));

        var pack = await StoreAsync(backend, FileType.Pack, 5);
        var held = await StoreAsync(backend, FileType.Lock, 6);

        Assert.Equal([new StoredFile(pack, 5)], await ListAsync(backend, FileType.Pack));
        Assert.Equal([new StoredFile(held, 6)], await ListAsync(backend, FileType.Lock));
    }

    [Fact]
    public async Task Never_makes_the_root_anew_by_writing()
    {
        var backend = new LocalBackend(Repository);
        await FailsAsync(FailureKind.NoRepository, () => StoreAsync(backend, FileType.Pack, 5));
        Assert.False(Path.Exists(Repository));
        Assert.Null(await backend.StatAsync(FileHandle.Config, Token));
        Assert.Empty(await ListAsync(backend, FileType.Key));
    }

    [Fact]
    public async Task A_file_is_no_repository()
    {
        var backend = new LocalBackend(_directory.WriteFile("repository", "I am a file"));

        await FailsAsync(FailureKind.Usage, () => backend.CreateAsync(Token));
        await FailsAsync(FailureKind.NoRepository, () => backend.StatAsync(FileHandle.Config, Token));
        await FailsAsync(FailureKind.NoRepository, () => ListAsync(backend, FileType.Key));
        await FailsAsync(FailureKind.NoRepository, () => ListAsync(backend, FileType.Config));
        await FailsAsync(FailureKind.NoRepository, () => backend.ReadAsync(FileHandle.Config, 0, new byte[1], Token));
        await FailsAsync(FailureKind.NoRepository, () => backend.WriteAsync(FileHandle.Config, new byte[1], Token));
        Assert.Equal("I am a file", await File.ReadAllTextAsync(Repository, Token));
    }

    [Fact]
    public async Task A_directory_or_fifo_in_the_place_of_a_file_is_damage_and_never_blocks()
    {
        var backend = await CreateAsync();
        var (directory, fifo) = (new FileHandle(FileType.Key, Id.Random()), new FileHandle(FileType.Key, Id.Random()));
        new SyntheticTree(Repository).Directory($"keys/{directory.Id}").Fifo($"keys/{fifo.Id}");

        Assert.Null(await backend.StatAsync(directory, Token));
        await FailsAsync(FailureKind.Damaged, () => backend.ReadAsync(directory, 0, new byte[1], Token));
        await FailsAsync(FailureKind.Damaged, () => backend.ReadAsync(fifo, 0, new byte[1], Token));
    }

    [Fact]
    public async Task Reads_files_through_links_as_restic_does()
    {
        var backend = await CreateAsync();
        _directory.WriteFile("elsewhere", "12345");
        var key = new FileHandle(FileType.Key, Id.Random());
        new SyntheticTree(Repository).SymbolicLink($"keys/{key.Id}", "../../elsewhere");

        Assert.Equal([new StoredFile(key, 5)], await ListAsync(backend, FileType.Key));
        Assert.Equal("12345"u8.ToArray(), await backend.ReadAllAsync(key, Token));
    }

    [Fact]
    public async Task A_write_cancelled_half_way_leaves_no_trace()
    {
        var backend = await CreateAsync();
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var content = new CancellingMemory(10_000_000, source);
        var key = new FileHandle(FileType.Key, Id.Random());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.WriteAsync(key, content.Memory, source.Token));

        Assert.Equal(2, content.Pieces);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Repository, "keys")));
    }

    [Fact]
    public async Task A_full_disk_is_named_and_leaves_no_trace()
    {
        using var small = await SmallFileSystem.MountAsync(1 << 20);
        var backend = new LocalBackend(Path.Combine(small.Path, "repository"));
        await backend.CreateAsync(Token);
        await backend.WriteAsync(FileHandle.Config, new byte[100], Token);
        var pack = new FileHandle(FileType.Pack, Id.Random());

        var failure = await FailsAsync(FailureKind.NoSpace, () => backend.WriteAsync(pack, new byte[2 << 20], Token));

        Assert.NotNull(failure.Hint);
        var left = Assert.Single(Directory.GetFiles(backend.Directory, "*", SearchOption.AllDirectories));
        Assert.EndsWith("config", left, StringComparison.Ordinal);
        await FailsAsync(FailureKind.NoSpace, () => backend.WriteAsync(FileHandle.Config, new byte[2 << 20], Token));
        Assert.Equal(100, await backend.StatAsync(FileHandle.Config, Token));
        // A program that another test starts in this instant has the removed file open until its exec, and so its room.
        await Conditions.Eventually("there is room again", async () =>
        {
            try
            {
                await backend.WriteAsync(pack, new byte[1000], Token);
                return true;
            }
            catch (HoldfastException error) when (error.Kind == FailureKind.NoSpace)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task A_read_only_file_system_is_named()
    {
        using var small = await SmallFileSystem.MountAsync(1 << 20);
        var backend = new LocalBackend(small.Path);
        await backend.CreateAsync(Token);
        var key = await StoreAsync(backend, FileType.Key, 10);
        (await RunningProcess.RunAsync("mount", ["-o", "remount,ro", small.Path])).Expect(0);

        var failure = await FailsAsync(FailureKind.Unavailable, () => StoreAsync(backend, FileType.Key, 10));
        Assert.Contains("read-only", failure.Message, StringComparison.Ordinal);
        await FailsAsync(FailureKind.Unavailable, () => backend.DeleteAsync(key, Token));
        Assert.Equal(10, (await backend.ReadAllAsync(key, Token)).Length);
    }

    [Fact]
    public async Task A_failed_write_leaves_no_temporary_file_and_no_other_change()
    {
        var backend = await CreateAsync();
        await backend.WriteAsync(FileHandle.Config, "old"u8.ToArray(), Token);
        var key = new FileHandle(FileType.Key, Id.Random());
        Directory.CreateDirectory(Path.Combine(Repository, "keys", key.Id.ToString()));

        await FailsAsync(FailureKind.Damaged, () => backend.WriteAsync(key, new byte[10], Token));

        Assert.Empty(Directory.GetFiles(Path.Combine(Repository, "keys")));
        Assert.Equal("old"u8.ToArray(), await backend.ReadAllAsync(FileHandle.Config, Token));
    }

    [Fact]
    public async Task Restic_and_it_find_each_others_files()
    {
        var made = ResticProgram.On(_directory["made by restic"], "secret");
        await made.RunAsync("init");
        await made.RunAsync("backup", _directory.WriteFile("file", "content"));
        var source = new LocalBackend(_directory["made by restic"]);
        var copy = await CreateAsync();
        var kinds = new List<FileType>();
        foreach (var type in Enum.GetValues<FileType>())
        {
            foreach (var file in await ListAsync(source, type))
            {
                kinds.Add(type);
                await copy.WriteAsync(file.Handle, await source.ReadAllAsync(file.Handle, Token), Token);
            }
        }

        FileType[] expected = [FileType.Config, FileType.Key, FileType.Snapshot, FileType.Index, FileType.Pack, FileType.Pack];
        Assert.Equal(expected, kinds);
        var read = ResticProgram.On(Repository, "secret");
        await read.RunAsync("check", "--read-data");
        Assert.Equal("content", (await read.RunAsync("dump", "latest", _directory["file"])).Output);
        Assert.Empty(await ListAsync(copy, FileType.Lock));
    }

    [Fact]
    public void Its_location_cannot_steer_a_terminal()
    {
        var backend = new LocalBackend("/tmp/a\u001b[31m\nb");
        Assert.Equal("/tmp/a\\u{1b}[31m\\nb", backend.Location);
        Assert.Equal("/tmp/a\u001b[31m\nb", backend.Directory);
    }

    [Fact]
    public void Flushing_a_directory_that_is_missing_fails()
    {
        Holdfast.Restic.Backends.Local.DirectorySync.Flush(_directory);
        Assert.Equal(2, Assert.Throws<IOException>(() => Holdfast.Restic.Backends.Local.DirectorySync.Flush(_directory["missing"])).HResult);
    }

    protected override async Task<IBackend> CreateAsync()
    {
        var backend = new LocalBackend(Repository);
        await backend.CreateAsync(Token);
        return backend;
    }

    /// <summary>Cancels when its content is looked at for the second time, which is in the middle of a write.</summary>
    private sealed class CancellingMemory(int size, CancellationTokenSource source) : MemoryManager<byte>
    {
        private readonly byte[] _content = new byte[size];

        public int Pieces { get; private set; }

        public override Span<byte> GetSpan()
        {
            if (++Pieces == 2) source.Cancel();
            return _content;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
