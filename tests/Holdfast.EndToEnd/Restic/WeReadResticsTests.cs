using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restic;

/// <summary>Repositories that the real restic has made, in the hands of Holdfast.</summary>
public sealed class WeReadResticsTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("1", "auto")]
    [InlineData("2", "off")]
    [InlineData("2", "auto")]
    [InlineData("2", "max")]
    public async Task We_restore_what_restic_saved_and_append_to_it(string version, string compression)
    {
        var restic = ResticProgram.On(_temp["repository"], OwnRepository.Passphrase);
        var tree = SyntheticTree.Awkward(_temp.CreateDirectory("tree"));
        // restic before 0.16 loses link targets that are not UTF-8.
        File.Delete(tree.Root + "/links/raw");
        await restic.RunAsync("init", "--repository-version", version);
        await restic.RunAsync("backup", "--compression", compression, tree.Root);
        using var repository = await OwnRepository.OpenAsync(_temp["repository"]);
        await repository.ExpectSoundAsync();

        var theirs = Assert.Single(await repository.SnapshotsAsync());
        Assert.Equal([tree.Root], theirs.Snapshot.Paths);
        await repository.RestoreAsync(theirs, _temp.CreateDirectory("theirs"));
        Assert.True(SameFiles.Expect(tree.Root, _temp["theirs"] + tree.Root) > 30);

        tree.File("plain/more", SyntheticTree.RandomBytes(4, 1_500_000));
        var ours = await repository.BackUpAsync(tree.Root);
        // Their blobs are ours: only the new file, its folders and our record are added.
        Assert.InRange(ours.BytesAdded, 1_500_000, 1_600_000);
        await repository.ExpectSoundAsync();
        await restic.RunAsync("restore", ours.SnapshotId.ToString(), "--target", _temp["ours"]);
        SameFiles.Expect(tree.Root, _temp["ours"] + tree.Root);
    }
}
