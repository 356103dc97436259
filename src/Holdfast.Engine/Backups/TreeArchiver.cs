using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Walks the targets depth first, saves every file, and writes the trees from the leaves up. What cannot be read is named and left out; the rest is saved.
/// The folder of the snapshot's record is visited last, because the record tells what happened everywhere else.
/// </summary>
internal sealed class TreeArchiver(TreeArchiverParts parts, BackupOptions options, FilePath recordFolder, Func<byte[]> composeRecord)
{
    private readonly DatabaseFinder _databases = new(options.Databases);

    private BackupLog Log => parts.Log;

    /// <summary>Saves the whole tree and returns its ID.</summary>
    internal async Task<Id> SaveAsync(TargetTree targets, ParentDirectory parent, CancellationToken cancellationToken)
    {
        var nodes = await SaveTargetsAsync(targets, parent, cancellationToken).ConfigureAwait(false);
        return await SaveTreeAsync(nodes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A folder that only leads to targets.</summary>
    private async Task<List<Node>> SaveTargetsAsync(TargetTree folder, ParentDirectory parent, CancellationToken cancellationToken)
    {
        var nodes = new List<Node>();
        foreach (var child in folder.Children.OrderBy(child => LeadsToRecord(child.Path)))
        {
            var node = child.IsTarget
                ? await SaveTargetAsync(child.Path, parent, cancellationToken).ConfigureAwait(false)
                : await SaveLeadingAsync(child, parent, cancellationToken).ConfigureAwait(false);
            if (node is not null) nodes.Add(node);
        }

        return nodes;
    }

    private async Task<Node?> SaveLeadingAsync(TargetTree folder, ParentDirectory parent, CancellationToken cancellationToken)
    {
        var below = await parent.OpenAsync(folder.Path.Name.Span, cancellationToken).ConfigureAwait(false);
        var nodes = await SaveTargetsAsync(folder, below, cancellationToken).ConfigureAwait(false);
        if (nodes.Count == 0) return null;
        var status = FileSystem.Status(folder.Path, followLinks: true);
        return parts.Nodes.Read(folder.Path, status) with { Subtree = await SaveTreeAsync(nodes, cancellationToken).ConfigureAwait(false) };
    }

    private async Task<Node?> SaveTargetAsync(FilePath path, ParentDirectory parent, CancellationToken cancellationToken)
    {
        if (path == recordFolder) return await SaveDirectoryAsync(path, FileSystem.TryStatus(path, followLinks: false), parent, cancellationToken).ConfigureAwait(false);
        if (FileSystem.TryStatus(path, followLinks: false) is { } status)
            return await SaveAnyAsync(path, status, parent, cancellationToken).ConfigureAwait(false);
        if (_databases.Declared(path) is { } declared) Log.Miss(declared, "it does not exist");
        else Log.Problem($"{path.Display} does not exist");
        return null;
    }

    private async Task<Node?> SaveAnyAsync(FilePath path, FileStatus status, ParentDirectory parent, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return status.Type switch
            {
                NodeType.Directory => await SaveDirectoryAsync(path, status, parent, cancellationToken).ConfigureAwait(false),
                NodeType.File => await SaveFileAsync(path, status, parent.Find(path.Name.Span), cancellationToken).ConfigureAwait(false),
                NodeType.Socket => null,
                NodeType.Unknown => null,
                _ => parts.Nodes.Read(path, status),
            };
        }
        catch (HoldfastException error) when (FileFailure.IsVanished(error) && !parts.Writer.HasFailed)
        {
            Log.Notice($"{path.Display} vanished while it was being saved");
            return null;
        }
        catch (HoldfastException error) when (!parts.Writer.HasFailed)
        {
            // The source is at fault, not the repository: everything else is still worth saving.
            Log.Problem($"{path.Display} was not saved: {error.Message}");
            return null;
        }
    }

    private async Task<Node?> SaveDirectoryAsync(FilePath path, FileStatus? status, ParentDirectory parent, CancellationToken cancellationToken)
    {
        var below = await parent.OpenAsync(path.Name.Span, cancellationToken).ConfigureAwait(false);
        var entries = status is null ? [] : DirectoryListing.Read(path);
        var nodes = await SaveEntriesAsync(path, entries, below, cancellationToken).ConfigureAwait(false);
        var last = recordFolder.IsUnder(path) && recordFolder != path ? ChildTowardsRecord(path) : null;
        if (last is not null && await SaveTargetAsync(last, below, cancellationToken).ConfigureAwait(false) is { } lastNode) nodes.Add(lastNode);
        if (path == recordFolder) await AddRecordAsync(nodes, cancellationToken).ConfigureAwait(false);
        Log.Directory();
        var node = status is null ? RecordNodes.Folder(path, parts.Now, options.Identity) : parts.Nodes.Read(path, status.Value);
        return node with { Subtree = await SaveTreeAsync(nodes, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>All entries but the one that leads to the record.</summary>
    private async Task<List<Node>> SaveEntriesAsync(
        FilePath path, IReadOnlyList<DirectoryEntry> entries, ParentDirectory below, CancellationToken cancellationToken)
    {
        var tasks = new List<Task<Node?>>();
        var names = new FolderNames(entries);
        try
        {
            foreach (var entry in entries)
            {
                var child = path.Combine(entry.Name);
                if (!LeadsToRecord(child)) await StartAsync(child, names, below, tasks, cancellationToken).ConfigureAwait(false);
            }

            return [.. (await Task.WhenAll(tasks).ConfigureAwait(false)).OfType<Node>()];
        }
        finally
        {
            // A failure above leaves no save running.
            await ((Task)Task.WhenAll(tasks)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private FilePath ChildTowardsRecord(FilePath folder)
    {
        var child = recordFolder;
        while (child.Parent != folder) child = child.Parent!;
        return child;
    }

    /// <summary>Folders are walked at once, one after another; files are saved beside, as many as there are slots.</summary>
    private async Task StartAsync(FilePath child, FolderNames names, ParentDirectory below, List<Task<Node?>> tasks, CancellationToken cancellationToken)
    {
        if (FileSystem.TryStatus(child, followLinks: false) is not { } status)
        {
            Log.Notice($"{child.Display} vanished while it was being saved");
            return;
        }

        if (IsLeftOut(child, status, names)) return;
        if (status.Type != NodeType.File || _databases.IsDeclared(child))
        {
            tasks.Add(Task.FromResult(await SaveAnyAsync(child, status, below, cancellationToken).ConfigureAwait(false)));
            return;
        }

        await parts.Slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        tasks.Add(Task.Run(
            async () =>
            {
                try
                {
                    return await SaveAnyAsync(child, status, below, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    parts.Slots.Release();
                }
            },
            CancellationToken.None));
    }

    private bool IsLeftOut(FilePath path, FileStatus status, FolderNames names)
    {
        if (_databases.IsDeclared(path) || path == options.Manifest) return false;
        if (options.Own.FirstOrDefault(own => own == path) is { } ours)
        {
            Log.Notice($"{ours.Display} is Holdfast's own and was left out");
            return true;
        }

        if (path.Parent == recordFolder && path.Name.Span.SequenceEqual(Encoding.UTF8.GetBytes(RecordPlace.FileName))) return true;
        if (status.IsFile && names.DatabaseOfRelated(path) is { } database && _databases.IsDatabase(database)) return true;
        return options.Exclude?.IsExcluded(path.Span, status.IsDirectory) == true;
    }

    private async Task<Node?> SaveFileAsync(FilePath path, FileStatus status, Node? parent, CancellationToken cancellationToken)
    {
        if ((_databases.Declared(path) ?? _databases.Recognise(path, status)) is { } database)
            return await SaveDatabaseAsync(database, status, parent, cancellationToken).ConfigureAwait(false);
        if (!options.Force && parent is not null && ParentDirectory.IsUnchanged(parent, status, parts.Index))
        {
            Log.File(isUnchanged: true);
            parts.Progress.AddItem();
            return parts.Nodes.Read(path, status) with { Content = parent.Content };
        }

        var saved = await parts.Files.SaveAsync(path, cancellationToken).ConfigureAwait(false);
        if (saved.IsTorn) Log.Problem($"{path.Display} changed each time it was read: what was saved may mix two states of it");
        Log.File(isUnchanged: false);
        parts.Progress.AddItem();
        return parts.Nodes.Read(path, saved.Status) with { Content = saved.Content, Size = (ulong)saved.Size };
    }

    private async Task<Node?> SaveDatabaseAsync(DatabaseSource database, FileStatus status, Node? parent, CancellationToken cancellationToken)
    {
        // The first chunk's length tells how the parent was cut; the last one may be shorter, so a single chunk says nothing.
        var previous = parent?.Content is { Count: > 1 } content && parts.Index.Locate(new BlobHandle(BlobType.Data, content[0])) is { } first
            ? (int?)first.Blob.PlainLength
            : null;
        try
        {
            parts.Progress.Begin($"reading the database {PrintableName.Escape(database.Name)}", (long)status.Size);
            var (saved, size) = await parts.Databases.SaveAsync(database, previous, cancellationToken).ConfigureAwait(false);
            parts.Progress.AddItem();
            return parts.Nodes.Read(database.Path, status) with { Content = saved, Size = (ulong)size };
        }
        catch (HoldfastException error) when (!parts.Writer.HasFailed)
        {
            Log.Miss(database, error.Message);
            return null;
        }
    }

    private async Task AddRecordAsync(List<Node> nodes, CancellationToken cancellationToken)
    {
        var record = composeRecord();
        var saved = await parts.Writer.SaveAsync(BlobType.Data, record, cancellationToken).ConfigureAwait(false);
        Log.Added(saved.StoredLength);
        nodes.Add(RecordNodes.File(Encoding.UTF8.GetBytes(RecordPlace.FileName), parts.Now, options.Identity, saved.Id, record.Length));
    }

    private async Task<Id> SaveTreeAsync(List<Node> nodes, CancellationToken cancellationToken)
    {
        nodes.Sort((left, right) => NodeName.Compare(left.Name.Span, right.Name.Span));
        var saved = await parts.Writer.SaveAsync(BlobType.Tree, TreeSerializer.Serialize(nodes), cancellationToken).ConfigureAwait(false);
        Log.Added(saved.StoredLength);
        return saved.Id;
    }

    private bool LeadsToRecord(FilePath path) => recordFolder.IsUnder(path);
}
