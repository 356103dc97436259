using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores;

/// <summary>What a restore will do; nothing has been written yet. This, printed, is the dry run.</summary>
public sealed record RestorePlan
{
    /// <summary>Null: in place.</summary>
    public required FilePath? Target { get; init; }

    /// <summary>Folders before what they hold.</summary>
    public required IReadOnlyList<RestoreItem> Items { get; init; }

    /// <summary>What Holdfast knows about the snapshot; null when a stock restic made it.</summary>
    public required SnapshotRecord? Record { get; init; }

    /// <summary>What is in the way, one sentence each. Not empty: the restore is refused.</summary>
    public required IReadOnlyList<string> Conflicts { get; init; }

    /// <summary>What cannot be restored as it should, one sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public required IReadOnlyList<string> Notices { get; init; }

    public bool IsInPlace => Target is null;

    /// <summary>Databases not counted.</summary>
    public long Files => Items.LongCount(item => item.IsFile && !item.IsDatabase);

    public IEnumerable<RestoreItem> Databases => Items.Where(item => item.IsDatabase);

    /// <summary>Bytes of all contents.</summary>
    public long Bytes => Items.Sum(item => item.Bytes);
}
