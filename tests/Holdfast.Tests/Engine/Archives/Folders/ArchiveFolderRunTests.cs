using Holdfast.Engine.Archives.Folders;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Format;
using Holdfast.Tests.Engine.Backups;
using Xunit;

namespace Holdfast.Tests.Engine.Archives.Folders;

public sealed class ArchiveFolderRunTests
{
    // As many as run at once, and each round is younger than the one before: none of a round is pushed out by the others of it.
    private const int Kept = 4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Backups_at_the_same_time_lose_no_entry_of_each_other()
    {
        using var scene = await ArchiveScene.CreateAsync();
        var folder = new ArchiveFolder(new ArchiveDeclaration
        {
            Name = "plain",
            Folder = scene.Scene.At("archives").ToString(),
            Format = "tar.zst",
            Prefix = "shop",
            KeepLast = Kept,
        });
        for (var round = 0; round < 5; round++)
            await Task.WhenAll(Enumerable.Range(0, Kept).Select(number => Task.Run(() => RunAsync(scene, folder, (round * Kept) + number), Token)));

        // Each knows what is there, and what is there is known: one that the ledger forgot would be nobody's and stay for ever.
        Assert.Equal(Kept, Directory.GetFiles(folder.Path.ToString(), "*.tar.zst").Length);
        Assert.All(folder.List(), archive => Assert.True(archive is { IsOwn: true, IsVerified: true }, archive.Name));
        Assert.Equal(Kept, folder.Ledger.Read().Count);
    }

    private static async Task RunAsync(ArchiveScene scene, ArchiveFolder folder, int minute)
    {
        var options = new ArchiveFolderOptions
        {
            Snapshot = scene.Snapshot with
            {
                Snapshot = scene.Snapshot.Snapshot with { Time = Timestamp.FromDateTimeOffset(scene.Snapshot.Snapshot.Time.ToDateTimeOffset().AddMinutes(minute - 30)) },
            },
            ScratchCandidates = scene.Scratch,
            Identity = BackupScene.Tester,
            Program = "test",
        };
        await new ArchiveFolderRun(folder, scene.Repository, options, TimeProvider.System, new OperationProgress()).ExecuteAsync(Token);
    }
}
