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

    /// <summary>In place: databases of servers, which go back into them.</summary>
    public IReadOnlyList<ServedItem> Served { get; init; } = [];

    /// <summary>What the names of parts stand for, which may be missing; empty where none were given.</summary>
    public IReadOnlyList<FilePath> Parts { get; init; } = [];

    /// <summary>What is there now and will be gone, because it is not in the snapshot and was asked to go.</summary>
    public IReadOnlyList<FilePath> Removed { get; init; } = [];

    /// <summary>The same of folders, of which nothing stays; those above before those below.</summary>
    public IReadOnlyList<FilePath> RemovedFolders { get; init; } = [];

    /// <summary>Of those, the ones that nothing of what is removed lies in: they are saved for themselves.</summary>
    public IEnumerable<FilePath> RemovedEmptyFolders => RemovedFolders.Except(Removed.Concat(RemovedFolders).Select(path => path.Parent!));

    /// <summary>Restore also databases whose foreign keys, expected tables or assertions do not hold; damaged ones never.</summary>
    public bool AcceptsContent { get; init; }

    /// <summary>What Holdfast knows about the snapshot; null when a stock restic made it.</summary>
    public required SnapshotRecord? Record { get; init; }

    /// <summary>What is in the way, one sentence each; the first few, and how many more.</summary>
    public required IReadOnlyList<string> Conflicts { get; init; }

    /// <summary>Who has a database open that is to be replaced, one sentence each.</summary>
    public required IReadOnlyList<string> Users { get; init; }

    /// <summary>How much room is needed, and how much there is, on each file system.</summary>
    public required IReadOnlyList<SpaceDemand> Space { get; init; }

    /// <summary>What cannot be restored as it should, one sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public required IReadOnlyList<string> Notices { get; init; }

    public bool IsInPlace => Target is null;

    /// <summary>Why the restore would be refused now: conflicts, users, lack of room; one sentence each.</summary>
    public IReadOnlyList<string> Obstacles =>
        [.. Conflicts, .. Users, .. Space.Where(demand => !demand.IsMet).Select(demand => demand.ToString())];

    /// <summary>Databases not counted.</summary>
    public long Files => Items.LongCount(item => item.IsFile && !item.IsDatabase);

    public IEnumerable<RestoreItem> Databases => Items.Where(item => item.IsDatabase);

    /// <summary>What takes the place of something that is there.</summary>
    public IEnumerable<RestoreItem> Replaced => Items.Where(item => item.Replaces);

    /// <summary>Everything but folders that is new.</summary>
    public IEnumerable<RestoreItem> Created => Items.Where(item => !item.Replaces && !item.IsDirectory);

    /// <summary>Bytes of all contents.</summary>
    public long Bytes => Items.Sum(item => item.Bytes);
}
