using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Engine.Restores.Staging;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Targets;

/// <summary>
/// Restores below a target folder. Each file gets its name when it is whole, and no name is ever taken from another. Symbolic links come
/// after all files, so that no file is written through a link of the snapshot; folders get their metadata last.
/// </summary>
internal sealed class TargetRestorer(RestorePlan plan, FileStager stager, RestoreLog log)
{
    private readonly ProcessIdentity _self = ProcessIdentity.Current();
    private readonly ItemPlacement _placement = new(log);

    private List<FilePath> _madeAbove = [];

    private FilePath Target => plan.Target!;

    internal async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        Leftovers.Clear(plan.Items.Select(item => item.Destination.Parent!), log);
        // Before the target is made: when there is no room, nothing is left behind.
        foreach (var demand in plan.Space) demand.Require();
        _madeAbove = [.. MissingAbove(Target)];
        FolderProbe.RequireWritable(Target);
        CreateFolders();
        await RestoreFilesAsync(cancellationToken).ConfigureAwait(false);
        foreach (var item in plan.Items.Where(item => !item.IsFile && !item.IsDirectory)) CreateSpecial(item);
        _placement.FinishFolders(plan.Items.Where(item => item.IsDirectory));
        SyncAll();
    }

    private void CreateFolders()
    {
        foreach (var item in plan.Items.Where(item => item.IsDirectory))
        {
            // Private until its contents and its own metadata are there.
            RequireRealParent(item);
            var made = FileSystem.TryCreateDirectory(item.Destination, FilePermissions.PrivateDirectory);
            if (!made && !Destinations.IsRealFolder(item.Destination)) throw Escapes(item.Destination);
        }
    }

    private async Task RestoreFilesAsync(CancellationToken cancellationToken)
    {
        var links = new HardLinks();
        var files = plan.Items.Where(item => item.IsFile)
            .Where(links.IsFirst)
            .Select(item => new StagedFile(item, StagedName.For(item.Destination, _self)))
            .ToList();
        foreach (var file in files) RequireRealParent(file.Item);
        try
        {
            var sync = !BulkSync.IsMany(files.Count);
            await stager.StageAsync(files, sync, Place, (file, why) => _placement.LoseToDamage(file.Item, why), cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            foreach (var file in files) FileSystem.Remove(file.Path);
            throw;
        }

        foreach (var (name, of) in links.Links) LinkTo(of, name);
    }

    private void Place(StagedFile file)
    {
        RequireRealParent(file.Item);
        Placing.MoveWithoutReplacing(file.Path, file.Item.Destination);
        log.Restored(file.Item);
    }

    private void LinkTo(RestoreItem of, RestoreItem name)
    {
        var made = _placement.AttemptLink(name, of, () =>
        {
            RequireRealParent(name);
            NodeWriter.Link(of.Destination, name.Destination);
        });
        // Its content has been counted under the first name.
        if (made) log.Restored(name with { Bytes = 0 });
    }

    private void CreateSpecial(RestoreItem item)
    {
        var made = _placement.Attempt(item, () =>
        {
            RequireRealParent(item);
            _placement.CreateSpecial(item, item.Destination);
        });
        if (made) log.Restored(item);
    }

    private void SyncAll()
    {
        if (BulkSync.IsMany(plan.Items.Count))
        {
            DirectorySync.SyncFileSystem(Target);
            return;
        }

        var folders = plan.Items.Select(item => item.Destination.Parent!).Append(Target).Distinct();
        foreach (var folder in folders) DirectorySync.Sync(folder);
        DirectorySync.SyncParentOf(Target);
        foreach (var folder in _madeAbove) DirectorySync.SyncParentOf(folder);
    }

    private static IEnumerable<FilePath> MissingAbove(FilePath path)
    {
        for (var folder = path.Parent; folder is not null && !FileSystem.Exists(folder); folder = folder.Parent) yield return folder;
    }

    /// <summary>
    /// All folders below the target were made or looked at before this one, so its parent is the only one to look at again.
    /// </summary>
    private void RequireRealParent(RestoreItem item)
    {
        var parent = item.Destination.Parent!;
        if (parent != Target && !Destinations.IsRealFolder(parent)) throw Escapes(parent);
    }

    private static HoldfastException Escapes(FilePath path) => new(
        FailureKind.Failed,
        $"\"{path.Display}\" is not a folder: what belongs into it would be written outside of the target",
        "something changed the target during the restore: use an empty target");
}
