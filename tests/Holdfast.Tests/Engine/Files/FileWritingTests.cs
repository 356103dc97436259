using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Files;

public sealed class FileWritingTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private FilePath Root => FilePath.From(_temp.Path);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Leaves_holes_for_zeros()
    {
        var content = new byte[1024 * 1024 + 77];
        SyntheticTree.RandomBytes(1, 5000).CopyTo(content, 100_000);
        content[^1] = 1;
        var path = Root.Combine("sparse");
        using (var writer = SparseFileWriter.Create(path))
        {
            for (var at = 0; at < content.Length; at += 30_001)
                writer.WriteAt(at, content.AsSpan(at, Math.Min(30_001, content.Length - at)));
            writer.SetSize(content.Length);
            writer.Sync();
        }

        Assert.Equal(content, FileSystem.ReadAllBytes(path, int.MaxValue));
        Assert.True(FileSystem.Status(path, followLinks: false).Blocks * 512 < 64 * 1024);
    }

    [Fact]
    public void Ends_in_a_hole_when_the_end_is_zero()
    {
        var path = Root.Combine("hole");
        using (var writer = SparseFileWriter.Create(path))
        {
            writer.WriteAt(0, new byte[100_000]);
            writer.SetSize(100_000);
        }

        var status = FileSystem.Status(path, followLinks: false);
        Assert.Equal((100_000UL, 0UL), (status.Size, status.Blocks));
        Assert.Equal(0x180u, status.Mode & 0xFFF);
    }

    [Fact]
    public void Writes_what_it_is_given_at_any_offset_in_any_order()
    {
        var random = new Random(7);
        var content = new byte[300_000];
        for (var block = 0; block < content.Length; block += 1000)
            if (random.Next(3) == 0) random.NextBytes(content.AsSpan(block, 1000));
        var path = Root.Combine("file");
        using (var writer = SparseFileWriter.Create(path))
        {
            Parallel.ForEach(Enumerable.Range(0, 43).Reverse(), i =>
            {
                var at = i * 7001;
                if (at < content.Length) writer.WriteAt(at, content.AsSpan(at, Math.Min(7001, content.Length - at)));
            });
            writer.SetSize(content.Length);
        }

        Assert.Equal(content, FileSystem.ReadAllBytes(path, int.MaxValue));
    }

    [Fact]
    public void Creates_only_what_is_new()
    {
        _temp.WriteFile("file", "old");
        Assert.Throws<HoldfastException>(() => SparseFileWriter.Create(Root.Combine("file")));
        File.CreateSymbolicLink(_temp["link"], _temp["elsewhere"]);
        Assert.Throws<HoldfastException>(() => SparseFileWriter.Create(Root.Combine("link")));
        Assert.False(File.Exists(_temp["elsewhere"]));
        Assert.Equal("old", File.ReadAllText(_temp["file"]));
    }

    [Fact]
    public async Task Says_that_the_disk_is_full_and_keeps_the_old_file()
    {
        using var small = await SmallFileSystem.MountAsync(1024 * 1024);
        var root = FilePath.From(small.Path);
        AtomicFile.Write(root.Combine("state"), "old"u8);
        using var writer = SparseFileWriter.Create(root.Combine("large"));
        var e = Assert.Throws<HoldfastException>(() => writer.WriteAt(0, SyntheticTree.RandomBytes(1, 2_000_000)));
        Assert.Equal(FailureKind.NoSpace, e.Kind);
        Assert.NotNull(e.Hint);
        Assert.True(FreeSpace.At(root) < 4096);

        e = Assert.Throws<HoldfastException>(() => AtomicFile.Write(root.Combine("state"), new byte[8192]));
        Assert.Equal(FailureKind.NoSpace, e.Kind);
        Assert.Equal("old", File.ReadAllText(Path.Combine(small.Path, "state")));
        Assert.Equal(["large", "state"], Directory.GetFileSystemEntries(small.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Replaces_a_file_whole()
    {
        var path = Root.Combine("state");
        AtomicFile.Write(path, "first and longer"u8, 0x1A4);
        AtomicFile.Write(path, "second"u8);
        Assert.Equal("second", File.ReadAllText(_temp["state"]));
        Assert.Equal(0x180u, FileSystem.Status(path, followLinks: false).Mode & 0xFFF);
        Assert.Single(Directory.GetFileSystemEntries(_temp.Path));
    }

    [Fact]
    public void Exchanges_two_files_and_moves_only_to_free_names()
    {
        var (first, second) = (FilePath.From(_temp.WriteFile("1", "one")), FilePath.From(_temp.WriteFile("2", "two")));
        FileExchange.Exchange(first, second);
        Assert.Equal("two", File.ReadAllText(_temp["1"]));
        Assert.Equal("one", File.ReadAllText(_temp["2"]));
        Assert.Throws<HoldfastException>(() => FileExchange.MoveWithoutReplacing(first, second));
        Assert.Equal("one", File.ReadAllText(_temp["2"]));
        FileExchange.MoveWithoutReplacing(first, Root.Combine("3"));
        Assert.Equal("two", File.ReadAllText(_temp["3"]));
        Assert.Equal(FailureKind.NotFound, Assert.Throws<HoldfastException>(() => FileExchange.Exchange(first, second)).Kind);
    }

    [Fact]
    public void Reads_to_the_end_and_notices_growth()
    {
        var content = SyntheticTree.RandomBytes(3, 100_000);
        File.WriteAllBytes(_temp["file"], content);
        using var reader = DescriptorReader.Open(Root.Combine("file"));
        var buffer = new byte[70_000];
        Assert.Equal(70_000, reader.Read(buffer));
        Assert.Equal(content[..70_000], buffer);
        File.AppendAllText(_temp["file"], "more");
        Assert.NotEqual(reader.Status, reader.StatusNow());
        Assert.Equal(30_004, reader.Read(buffer));
        Assert.Equal(0, reader.Read(buffer));
    }

    [Fact]
    public void Does_not_change_the_access_time()
    {
        var path = FilePath.From(_temp.WriteFile("file", "x"));
        File.SetLastAccessTimeUtc(_temp["file"], DateTime.UnixEpoch);
        using (var reader = DescriptorReader.Open(path)) reader.Read(new byte[10]);
        Assert.Equal(0, FileSystem.Status(path, followLinks: false).AccessedAt.Seconds);
    }

    [Fact]
    public void Reads_files_of_others_that_may_be_read()
    {
        OrdinaryUser.CreateHome(_temp);
        var path = FilePath.From(_temp.WriteFile("public", "x"));
        FileSystem.SetPermissions(path, 0x1A4);
        OrdinaryUser.Run(() =>
        {
            using var reader = DescriptorReader.Open(path);
            Assert.Equal(1, reader.Read(new byte[10]));
        });
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("link")]
    [InlineData("directory")]
    public void Neither_hangs_on_nor_follows_what_took_the_place_of_a_file(string name)
    {
        new SyntheticTree(_temp.Path).Fifo("fifo").SymbolicLink("link", "fifo").Directory("directory");
        var e = Assert.Throws<HoldfastException>(() => DescriptorReader.Open(Root.Combine(name)));
        Assert.Contains("not a regular file", e.Message, StringComparison.Ordinal);
    }
}
