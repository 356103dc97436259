using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Comparisons;

/// <summary>How much differs, counted while the differences go by. Files are everything that is no folder; sizes in bytes.</summary>
public sealed class ChangeTotals
{
    public long FilesAdded { get; private set; }

    public long FilesRemoved { get; private set; }

    /// <summary>Another content or another type.</summary>
    public long FilesChanged { get; private set; }

    public long FoldersAdded { get; private set; }

    public long FoldersRemoved { get; private set; }

    /// <summary>Files and folders of which only mode, owner, time or attributes differ.</summary>
    public long MetadataChanged { get; private set; }

    /// <summary>The sizes of the files that were added.</summary>
    public long BytesAdded { get; private set; }

    /// <summary>The sizes of the files that were removed.</summary>
    public long BytesRemoved { get; private set; }

    /// <summary>What is new in the files that were changed.</summary>
    public long BytesChanged { get; private set; }

    public bool IsNothing => FilesAdded + FilesRemoved + FilesChanged + FoldersAdded + FoldersRemoved + MetadataChanged == 0;

    public void Add(TreeChange change)
    {
        var isFolder = change.Type == NodeType.Directory;
        switch (change.Kind)
        {
            case ChangeKind.Added when isFolder: FoldersAdded++; break;
            case ChangeKind.Removed when isFolder: FoldersRemoved++; break;
            case ChangeKind.Added:
                FilesAdded++;
                BytesAdded += change.NewBytes;
                break;
            case ChangeKind.Removed:
                FilesRemoved++;
                BytesRemoved += SizeOf(change.Old!);
                break;
            case ChangeKind.Metadata: MetadataChanged++; break;
            default:
                FilesChanged++;
                BytesChanged += change.NewBytes;
                break;
        }
    }

    private static long SizeOf(Node node) => node.Type == NodeType.File ? (long)Math.Min(node.Size, long.MaxValue) : 0;
}
