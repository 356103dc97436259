using System.Runtime.CompilerServices;
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
/// Declared databases are only noted during the walk; they and the snapshot's record, which tells what happened everywhere else, come after it.
/// </summary>
internal sealed class TreeArchiver(TreeArchiverParts parts, BackupOptions options, FilePath recordFolder)
{
    private static readonly byte[] RecordName = Encoding.UTF8.GetBytes(RecordPlace.FileName);

    private static readonly byte[] DatabasesName = Encoding.UTF8.GetBytes(RecordPlace.DatabasesFolder);

    private readonly LeftOut _leftOut = new(options, parts.Finder, parts.Log);
    private readonly ItemArchiver _items = new(parts, options.Force);
    private readonly HeldFolders _held = new();
    private readonly List<(DatabaseSource Database, FileStatus Status, Node? Parent)> _databases = [];

    private ParentDirectory _parentRoot = ParentDirectory.None;

    private BackupLog Log => parts.Log;

    /// <summary>Reads all files, and saves what needs not wait for a database or the record.</summary>
    internal async Task WalkAsync(TargetTree root, ParentDirectory parent, CancellationToken cancellationToken)
    {
        _parentRoot = parent;
        _held.Await(recordFolder.Combine(RecordName));
        var entries = root.IsTarget ? _items.Ask(root.Path, () => DirectoryListing.Read(root.Path)) : null;
        if (entries is not null) Log.Directory();
        var nodes = entries is not null
            ? await SaveEntriesAsync(root.Path, entries, root, parent, cancellationToken).ConfigureAwait(false)
            : await SaveWantedAsync(root, parent, cancellationToken).ConfigureAwait(false);
        _held.Hold(root.Path, Synthetic(root.Path), nodes, isOnlyLeading: true);
    }

    /// <summary>Saves the declared databases, then the record, then the trees that waited for them. Returns the ID of the whole tree.</summary>
    internal async Task<Id> FinishAsync(Func<byte[]> composeRecord, CancellationToken cancellationToken)
    {
        foreach (var (database, status, inParent) in _databases)
        {
            if (await _items.TakeDatabaseAsync(database, status, inParent, cancellationToken).ConfigureAwait(false) is { } node)
                _held.Add(database.Path.Parent!, node);
        }

        if (!_held.IsHeld(recordFolder)) throw new InvalidOperationException($"the walk did not come to {recordFolder.Display}");
        if (await new ServedTree(parts, options.Identity).SaveAsync(_parentRoot, nodes => SaveTreeAsync(nodes, cancellationToken), cancellationToken).ConfigureAwait(false) is { } served)
            _held.Add(recordFolder, served);
        var record = composeRecord();
        var saved = await parts.Writer.SaveAsync(BlobType.Data, record, cancellationToken).ConfigureAwait(false);
        _held.Add(recordFolder, RecordNodes.File(RecordName, parts.Now, options.Identity, [saved.Id], record.Length));
        return await _held.WriteAsync(nodes => SaveTreeAsync(nodes, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>What a folder holds that only leads to targets.</summary>
    private async Task<List<Node>> SaveWantedAsync(TargetTree folder, ParentDirectory parent, CancellationToken cancellationToken)
    {
        var nodes = new List<Node>();
        foreach (var child in folder.Children)
        {
            if (await SavePlaceAsync(child, isOnWalk: false, parent, cancellationToken).ConfigureAwait(false) is { } node) nodes.Add(node);
        }

        return nodes;
    }

    /// <summary>A target, or a folder with targets in it.</summary>
    /// <param name="place">Which.</param>
    /// <param name="isOnWalk">The folder around it is saved with all it holds, and nothing leaves this one out.</param>
    /// <param name="parent">The folder around it in the parent snapshot.</param>
    /// <param name="cancellationToken">Ends the backup.</param>
    private async Task<Node?> SavePlaceAsync(TargetTree place, bool isOnWalk, ParentDirectory parent, CancellationToken cancellationToken)
    {
        if (IsRecord(place.Path)) return null;
        if (place.Path == recordFolder) return await SaveRecordFolderAsync(place, parent, cancellationToken).ConfigureAwait(false);
        var node = place.IsTarget || isOnWalk ? await SaveTargetAsync(place, parent, cancellationToken).ConfigureAwait(false) : null;
        if (node is not null || place.Children.Count == 0) return node;
        var below = await parent.OpenAsync(place.Path.Name.Span, cancellationToken).ConfigureAwait(false);
        var nodes = await SaveWantedAsync(place, below, cancellationToken).ConfigureAwait(false);
        if (nodes.Count == 0 && !_held.IsAwaiting(place.Path)) return null;
        var leading = LeadingNode(place.Path);
        if (!_held.IsAwaiting(place.Path)) return leading with { Subtree = await SaveTreeAsync(nodes, cancellationToken).ConfigureAwait(false) };
        _held.Hold(place.Path, leading, nodes, isOnlyLeading: true);
        return leading;
    }

    private Node LeadingNode(FilePath path) =>
        _items.Ask(path, () => FileSystem.TryStatus(path, followLinks: true) is { IsDirectory: true } status ? parts.Nodes.Read(path, status) : Synthetic(path))
        ?? Synthetic(path);

    private Node Synthetic(FilePath path) => RecordNodes.Folder(path, parts.Now, options.Identity);

    private async Task<Node?> SaveTargetAsync(TargetTree place, ParentDirectory parent, CancellationToken cancellationToken)
    {
        var path = place.Path;
        if (!_items.TryLook(path, out var found)) return null;
        if (found is not { } status)
        {
            if (parts.Finder.Declared(path) is { } declared) Log.Miss(declared, "it does not exist");
            else Log.Problem($"{path.Display} does not exist");
            return null;
        }

        if (_leftOut.IsOwn(path, status)) return null;
        if (parts.Finder.Declared(path) is null && _leftOut.IsJournal(path, status))
        {
            Log.Notice($"{path.Display} belongs to a database and was not saved as a file: what it holds is saved with the database");
            return null;
        }

        if (status.IsSymlink)
        {
            if (!LeadsToTarget(path)) Log.Notice($"{path.Display} is a symbolic link and was saved as one; what it leads to was not saved with it");
            // What is wanted below it is reached through it: the snapshot has a folder there.
            if (place.Children.Count > 0) return null;
        }

        return await SaveAnyAsync(path, status, place, parent, cancellationToken).ConfigureAwait(false);
    }

    private bool LeadsToTarget(FilePath link)
    {
        try
        {
            return options.Targets.Contains(FileSystem.RealPath(link));
        }
        catch (HoldfastException)
        {
            // It leads nowhere.
            return false;
        }
    }

    private async Task<Node?> SaveAnyAsync(FilePath path, FileStatus status, TargetTree? place, ParentDirectory parent, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (parts.Finder.Declared(path) is { } declared)
        {
            _databases.Add((declared, status, parent.Find(path.Name.Span)));
            _held.Await(path);
            return null;
        }

        if (FindDatabase(path, status) is { } database)
            return await _items.SaveDatabaseAsync(database, status, parent.Find(path.Name.Span), cancellationToken).ConfigureAwait(false);
        return status.Type switch
        {
            NodeType.Directory => await SaveDirectoryAsync(path, status, place, parent, cancellationToken).ConfigureAwait(false),
            NodeType.File => await _items.SaveFileAsync(path, status, parent.Find(path.Name.Span), cancellationToken).ConfigureAwait(false),
            NodeType.Socket or NodeType.Unknown => null,
            _ => _items.Ask(path, () => parts.Nodes.Read(path, status)),
        };
    }

    private DatabaseSource? FindDatabase(FilePath path, FileStatus status) =>
        parts.Finder.Declared(path) ?? (status.IsFile ? parts.Finder.Recognise(path, status) : null);

    private async Task<Node?> SaveDirectoryAsync(
        FilePath path, FileStatus status, TargetTree? place, ParentDirectory parent, CancellationToken cancellationToken)
    {
        // Folders can lie deeper in each other than a thread's stack reaches.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) await Task.Yield();
        // All that may fail is asked first, so that nothing that was saved below is lost again.
        if (_items.Ask(path, () => parts.Nodes.Read(path, status)) is not { } node) return null;
        if (_items.Ask(path, () => DirectoryListing.Read(path)) is not { } entries) return null;
        var below = await parent.OpenAsync(path.Name.Span, cancellationToken).ConfigureAwait(false);
        Log.Directory();
        var nodes = await SaveEntriesAsync(path, entries, place, below, cancellationToken).ConfigureAwait(false);
        var inParent = parent.Find(path.Name.Span);
        if (_held.IsAwaiting(path))
        {
            _held.Hold(path, node, nodes, isOnlyLeading: false, saved: tree => Log.Changes.Folder(tree, inParent));
            return node;
        }

        var tree = await SaveTreeAsync(nodes, cancellationToken).ConfigureAwait(false);
        Log.Changes.Folder(tree, inParent);
        return node with { Subtree = tree };
    }

    /// <summary>All that a folder holds.</summary>
    private async Task<List<Node>> SaveEntriesAsync(
        FilePath path, IReadOnlyList<DirectoryEntry> entries, TargetTree? place, ParentDirectory below, CancellationToken cancellationToken)
    {
        var tasks = new List<Task<Node?>>();
        var named = place?.Children.ToHashSet() ?? [];
        try
        {
            for (var i = 0; i < entries.Count && parts.Writer.Failure is null; i++)
            {
                // A folder that is changed while it is listed may show a name twice (readdir(3)).
                if (i > 0 && entries[i].Name.AsSpan().SequenceEqual(entries[i - 1].Name)) continue;
                var child = path.Combine(entries[i].Name);
                var wanted = place?.Child(child);
                if (wanted is not null) named.Remove(wanted);
                await StartAsync(child, wanted, below, tasks, cancellationToken).ConfigureAwait(false);
            }

            // What was named and is not there says so itself.
            foreach (var child in named.OrderBy(child => child.Path))
                tasks.Add(Task.FromResult(await SavePlaceAsync(child, isOnWalk: false, below, cancellationToken).ConfigureAwait(false)));
            return [.. (await Task.WhenAll(tasks).ConfigureAwait(false)).OfType<Node>()];
        }
        finally
        {
            // A failure above leaves no save running.
            await ((Task)Task.WhenAll(tasks)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Folders and databases are saved at once, one after another; files beside, as many as there are slots.</summary>
    private async Task StartAsync(FilePath child, TargetTree? place, ParentDirectory below, List<Task<Node?>> tasks, CancellationToken cancellationToken)
    {
        if (place is not null)
        {
            tasks.Add(Task.FromResult(await SavePlaceAsync(place, IsOnWalk(place), below, cancellationToken).ConfigureAwait(false)));
            return;
        }

        if (IsRecord(child) || !_items.TryLook(child, out var found)) return;
        if (found is not { } status) Log.Vanished(child);
        else if (_leftOut.Contains(child, status)) return;
        else if (status.IsFile && FindDatabase(child, status) is null)
        {
            await StartFileAsync(child, status, below, tasks, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            tasks.Add(Task.FromResult(await SaveAnyAsync(child, status, null, below, cancellationToken).ConfigureAwait(false)));
        }
    }

    private async Task StartFileAsync(FilePath path, FileStatus status, ParentDirectory below, List<Task<Node?>> tasks, CancellationToken cancellationToken)
    {
        await parts.Slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        tasks.Add(Task.Run(
            async () =>
            {
                try
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    return await _items.SaveFileAsync(path, status, below.Find(path.Name.Span), cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    parts.Slots.Release();
                }
            },
            CancellationToken.None));
    }

    /// <summary>Whether a folder that leads to something named is itself to be saved with the folder around it.</summary>
    private bool IsOnWalk(TargetTree place) =>
        !place.IsTarget && _items.TryLook(place.Path, out var found) && found is { } status && !_leftOut.Contains(place.Path, status);

    /// <summary>
    /// The folder of the record, with the rest of a folder of that name when that is to be saved anyway. Whatever is there on the disk, the
    /// record finds a place.
    /// </summary>
    private async Task<Node> SaveRecordFolderAsync(TargetTree place, ParentDirectory parent, CancellationToken cancellationToken)
    {
        var node = LeadingNode(recordFolder);
        var below = await parent.OpenAsync(recordFolder.Name.Span, cancellationToken).ConfigureAwait(false);
        var nodes = EntriesBesideRecord() is { } entries
            ? await SaveEntriesAsync(recordFolder, entries, place, below, cancellationToken).ConfigureAwait(false)
            : await SaveWantedAsync(place, below, cancellationToken).ConfigureAwait(false);
        _held.Hold(recordFolder, node, nodes, isOnlyLeading: false);
        return node;
    }

    private IReadOnlyList<DirectoryEntry>? EntriesBesideRecord()
    {
        var isAskedFor = options.Targets.Any(recordFolder.IsUnder);
        if (!isAskedFor || !_items.TryLook(recordFolder, out var found) || found is not { } status) return null;
        if (status.IsDirectory)
            return _leftOut.Contains(recordFolder, status) ? null : _items.Ask(recordFolder, () => DirectoryListing.Read(recordFolder));
        Log.Problem($"{recordFolder.Display} is not a folder and was not saved: the snapshot has a folder of that name for its record");
        return null;
    }

    private async Task<Id> SaveTreeAsync(List<Node> nodes, CancellationToken cancellationToken)
    {
        nodes.Sort((left, right) => NodeName.Compare(left.Name.Span, right.Name.Span));
        var saved = await parts.Writer.SaveAsync(BlobType.Tree, TreeSerializer.Serialize(nodes), cancellationToken).ConfigureAwait(false);
        return saved.Id;
    }

    /// <summary>What the snapshot has at this place is made for it, whatever lies there on the disk.</summary>
    private bool IsRecord(FilePath path) => path.Parent == recordFolder
        && (path.Name.Span.SequenceEqual(RecordName) || (options.ServedDatabases.Count > 0 && path.Name.Span.SequenceEqual(DatabasesName)));
}
