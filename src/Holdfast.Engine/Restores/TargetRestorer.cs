using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores;

/// <summary>
/// Restores below a target folder. Each file gets its name when it is whole, and no name is ever taken from another. Symbolic links come after
/// all files, so that no file is written through a link of the snapshot; folders get their metadata last.
/// </summary>
internal sealed class TargetRestorer(RestorePlan plan, FileStager stager, SpaceNeeded space, RestoreLog log)
{
    /// <summary>With more files than this, one syncfs is quicker than many fsyncs.</summary>
    private const int ManyFiles = 64;

    private readonly ProcessIdentity _self = ProcessIdentity.Current();
    private readonly NodeWriter _metadata = new();
    private readonly HashSet<FilePath> _failed = [];
    private readonly Lock _gate = new();

    private FilePath Target => plan.Target!;

    internal async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        FolderProbe.RequireWritable(Target);
        Leftovers.Clear(plan.Items.Select(item => item.Destination.Parent!), log);
        space.Require(plan.Items);
        CreateFolders();
        await RestoreFilesAsync(cancellationToken).ConfigureAwait(false);
        foreach (var item in plan.Items.Where(item => !item.IsFile && !item.IsDirectory)) Attempt(item, () => CreateSpecial(item));
        FinishFolders();
        SyncAll();
    }

    private void CreateFolders()
    {
        foreach (var item in plan.Items.Where(item => item.IsDirectory))
        {
            // Private until its contents and its own metadata are there.
            RequireRealParent(item);
            if (!FileSystem.TryCreateDirectory(item.Destination, 0x1C0) && !Destinations.IsRealFolder(item.Destination))
                throw Escapes(item.Destination);
        }
    }

    private async Task RestoreFilesAsync(CancellationToken cancellationToken)
    {
        var links = new HardLinks();
        var files = plan.Items.Where(item => item.IsFile).Where(links.IsFirst).Select(item => new StagedFile(item, StagedName.For(item.Destination, _self))).ToList();
        foreach (var file in files) RequireRealParent(file.Item);
        try
        {
            await stager.StageAsync(files, files.Count <= ManyFiles, Place, Lose, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            foreach (var file in files) FileSystem.Remove(file.Path);
            throw;
        }

        foreach (var (name, of) in links.Links)
        {
            if (_failed.Contains(of.Source)) Lose(new StagedFile(name, name.Destination), $"it is another name of \"{of.Source.Display}\", which was not restored");
            else Attempt(name, () => NodeWriter.Link(of.Destination, name.Destination));
        }
    }

    private void Place(StagedFile file)
    {
        RequireRealParent(file.Item);
        Placing.MoveWithoutReplacing(file.Path, file.Item.Destination);
        log.Restored(file.Item);
    }

    private void Lose(StagedFile file, string why)
    {
        lock (_gate) _failed.Add(file.Item.Source);
        log.Problem($"\"{file.Item.Source.Display}\" was not restored: {why}");
    }

    private void CreateSpecial(RestoreItem item)
    {
        NodeWriter.Create(item.Destination, item.Node);
        log.Metadata(_metadata.Apply(item.Destination, item.Node));
    }

    private void FinishFolders()
    {
        foreach (var item in plan.Items.Where(item => item.IsDirectory).Reverse())
        {
            try
            {
                log.Metadata(_metadata.Apply(item.Destination, item.Node));
            }
            catch (HoldfastException error)
            {
                log.Problem($"the folder \"{item.Destination.Display}\" was restored without all of its metadata: {error.Message}");
            }
        }
    }

    private void SyncAll()
    {
        if (plan.Items.Count > ManyFiles)
        {
            DirectorySync.SyncFileSystem(Target);
            return;
        }

        foreach (var folder in plan.Items.Select(item => item.Destination.Parent!).Append(Target).Distinct()) DirectorySync.Sync(folder);
        DirectorySync.SyncParentOf(Target);
    }

    private void Attempt(RestoreItem item, Action action)
    {
        try
        {
            RequireRealParent(item);
            action();
            log.Restored(item with { Bytes = 0 });
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.NoSpace)
        {
            log.Problem($"\"{item.Source.Display}\" was not restored: {error.Message}");
        }
    }

    /// <summary>All folders below the target were made or looked at before this one, so its parent is the only one to look at again.</summary>
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
