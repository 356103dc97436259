using Holdfast.Engine.Files;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Deltas;

/// <summary>On a file system that can clone files.</summary>
public sealed class CloneReuseTests : ContentReuseTests
{
    private ReflinkFileSystem? _files;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _files?.Dispose();
    }

    [Fact]
    public async Task Takes_no_room_for_what_is_shared()
    {
        var token = TestContext.Current.CancellationToken;
        var chunks = Chunks(3, 4096);
        await File.WriteAllBytesAsync(Scene.Present, [.. chunks.SelectMany(chunk => chunk)], token);
        var item = await Scene.StoreAsync(chunks);
        FileContentSync.Sync(FilePath.From(Scene.Present));
        var before = new DriveInfo(_files!.Path).AvailableFreeSpace;

        Assert.Equal(item.Bytes, await Scene.StageAsync(item));

        FileContentSync.Sync(FilePath.From(Scene.Staged));
        Assert.True(before - new DriveInfo(_files.Path).AvailableFreeSpace < 4 << 20);
    }

    private protected override async Task<DeltaScene> CreateAsync()
    {
        _files = await ReflinkFileSystem.MountAsync();
        return await DeltaScene.CreateAsync(_files.Path);
    }
}
