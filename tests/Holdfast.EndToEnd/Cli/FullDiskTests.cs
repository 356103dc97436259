using Holdfast.Restic;
using Holdfast.Restic.Crypto;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>A file system that fills up.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private SmallFileSystem _small = null!;
    private Workplace _place = null!;

    public async ValueTask InitializeAsync()
    {
        _small = await SmallFileSystem.MountAsync(6_000_000);
        _place = await Workplace.CreateAsync();
    }

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        _small.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task In_a_backup_is_told_and_what_was_saved_before_stays_good()
    {
        var repository = Path.Combine(_small.Path, "repository");
        (await Workplace.Initialise(repository, new RepositoryOptions { KeyCost = new ScryptParameters(1024, 8, 1) })).Dispose();
        _place.Holdfast.With("HOLDFAST_REPOSITORY", repository);
        var small = _place.Write("small", "content");
        var first = await _place.BackUpAsync();
        var large = _place.WriteRandom("large", 1, 12_000_000);

        var full = await _place.JsonAsync(1, "backup", _place.Application);

        Assert.Equal("NoSpace", full.Text("error"));
        Assert.NotEmpty(full.Text("hint"));
        Assert.Empty(Directory.GetFiles(repository, "*-tmp-*", SearchOption.AllDirectories));
        Assert.Equal(first, Assert.Single((await _place.JsonAsync(0, "list")).EnumerateArray().ToList()).Text("id"));
        File.Delete(large);
        foreach (var pack in Directory.GetFiles(Path.Combine(repository, "data"), "*", SearchOption.AllDirectories)) Assert.NotEqual(0, new FileInfo(pack).Length);
        await _place.JsonAsync(0, "check", "--read-data");
        await _place.JsonAsync(0, "restore", first, small, "--target", _place["target"]);
        Assert.Equal("content", await File.ReadAllTextAsync(_place["target"] + small));
    }

    [Fact]
    public async Task In_a_restore_is_told_before_anything_is_written()
    {
        _place.WriteRandom("large", 1, 12_000_000);
        await _place.BackUpAsync();

        var full = await _place.JsonAsync(1, "restore", "latest", "--target", Path.Combine(_small.Path, "target"));

        Assert.Equal("NoSpace", full.Text("error"));
        Assert.Empty(Directory.GetFiles(_small.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task In_a_drill_is_told_and_leaves_no_scratch()
    {
        _place.WriteRandom("large", 1, 12_000_000);
        await _place.BackUpAsync();

        var full = await _place.JsonAsync(1, "drill", "--scratch", _small.Path);

        Assert.Equal("NoSpace", full.Text("error"));
        Assert.Empty(Directory.GetFileSystemEntries(_small.Path));
        Assert.False((await _place.JsonAsync(0, "list"))[0].GetProperty("drill_failed").GetBoolean());
    }
}
