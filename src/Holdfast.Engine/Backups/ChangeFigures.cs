using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Counts what is new, changed or as it was in the parent snapshot, by content: a file whose owner alone changed is unmodified. Databases are
/// files here; folders that only lead to what is saved, and the record, are not counted. Thread-safe.
/// </summary>
internal sealed class ChangeFigures
{
    private readonly long[] _files = new long[3];
    private readonly long[] _folders = new long[3];
    private long _bytes;

    private enum Change
    {
        New,
        Changed,
        Unmodified,
    }

    /// <summary>Of all files and databases.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    internal void File(Node node, Node? parent)
    {
        var change = parent is not { Type: NodeType.File, Content: { } before } ? Change.New
            : node.Content is { } now && now.SequenceEqual(before) ? Change.Unmodified
            : Change.Changed;
        Interlocked.Increment(ref _files[(int)change]);
        Interlocked.Add(ref _bytes, (long)node.Size);
    }

    internal void Folder(Id tree, Node? parent)
    {
        var change = parent?.Subtree is not { } before ? Change.New : before == tree ? Change.Unmodified : Change.Changed;
        Interlocked.Increment(ref _folders[(int)change]);
    }

    /// <summary>The figures as a snapshot has them (section 6 of the format).</summary>
    internal SnapshotSummary Summary(Timestamp begun, Timestamp ended, AddedBlobs added) => new()
    {
        BackupStart = begun,
        BackupEnd = ended,
        FilesNew = Count(_files, Change.New),
        FilesChanged = Count(_files, Change.Changed),
        FilesUnmodified = Count(_files, Change.Unmodified),
        DirsNew = Count(_folders, Change.New),
        DirsChanged = Count(_folders, Change.Changed),
        DirsUnmodified = Count(_folders, Change.Unmodified),
        DataBlobs = (ulong)added.DataBlobs,
        TreeBlobs = (ulong)added.TreeBlobs,
        DataAdded = (ulong)added.Bytes,
        DataAddedPacked = (ulong)added.StoredBytes,
        TotalFilesProcessed = (ulong)_files.Sum(),
        TotalBytesProcessed = (ulong)Interlocked.Read(ref _bytes),
    };

    private static ulong Count(long[] counts, Change change) => (ulong)Interlocked.Read(ref counts[(int)change]);
}
