using System.Text.Json;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Drills;

/// <summary>
/// What this machine knows of drills of one repository at one place. A proof is of content: a snapshot that was tagged or described anew
/// has another ID and the same content, and keeps it.
/// </summary>
/// <param name="drills">The last drill of each content, in the order in which they were recorded.</param>
public sealed class ProofBook(IReadOnlyList<DrillRecord> drills)
{
    private readonly Dictionary<Id, DrillRecord> _byTree =
        drills.Where(drill => drill.Tree is not null).ToDictionary(drill => drill.Tree!.Value);

    private readonly Dictionary<Id, DrillRecord> _bySnapshot =
        drills.Where(drill => drill.Tree is null).ToDictionary(drill => drill.Snapshot);

    private readonly HashSet<Id> _provenElsewhere = [];

    /// <summary>
    /// What is proven of other repositories, and of this one at other places. The same content is most likely whole here, too, but nobody has looked: what is
    /// relied on must not be removed for that.
    /// </summary>
    public IReadOnlyList<DrillRecord> Elsewhere
    {
        get;
        init
        {
            field = value;
            _provenElsewhere = [.. value.SelectMany(drill => (Id?[])[drill.Tree, drill.Snapshot]).OfType<Id>()];
        }
    } = [];

    /// <summary>Nothing was ever drilled.</summary>
    public static ProofBook Empty { get; } = new([]);

    /// <summary>The last drill that restored something, so that its duration tells how long the next will take; null when there was none.</summary>
    public DrillRecord? LastDrilled => drills.LastOrDefault(drill => drill is { Proven: true, Bytes: > 0 });

    /// <summary>The last drills of all content, in the order in which they were recorded.</summary>
    public IReadOnlyList<DrillRecord> Drills => drills;

    /// <summary>The last drill of this content; null when there was none. Drills that only know an ID are older than those that know content.</summary>
    public DrillRecord? LastOf(StoredSnapshot stored) =>
        _byTree.GetValueOrDefault(stored.Snapshot.Tree) ?? _bySnapshot.GetValueOrDefault(stored.Id);

    /// <summary>The last drill of one was after the last drill of another: by their order, which no wrong clock changes.</summary>
    internal bool WasDrilledAfter(StoredSnapshot stored, StoredSnapshot other) => OrderOf(stored) > OrderOf(other);

    private int OrderOf(StoredSnapshot stored) => LastOf(stored) is { } drill ? drills.ToList().IndexOf(drill) : -1;

    public bool IsProven(StoredSnapshot stored) => LastOf(stored) is { Proven: true };

    /// <summary>The same content, or that of the snapshot that this one is a copy of, is proven elsewhere, and a drill here has not refuted it.</summary>
    public bool IsProvenElsewhere(StoredSnapshot stored) => !HasFailed(stored)
        && (_provenElsewhere.Contains(stored.Snapshot.Tree) || _provenElsewhere.Contains(stored.Id) || _provenElsewhere.Contains(ForgottenSnapshots.OriginOf(stored)));

    public bool HasFailed(StoredSnapshot stored) => LastOf(stored) is { Proven: false };

    /// <summary>What the last drill of this content, by the ID of its tree, has found: true for proven, false for refuted; null when there was none.</summary>
    public bool? VerdictOn(Id tree) => _byTree.GetValueOrDefault(tree)?.Proven;

    /// <summary>No drill has refuted it: a check or a restore has found it hurt, which may have been mended since.</summary>
    public bool IsWithdrawn(StoredSnapshot stored) => FailedChecks(stored) is { Count: > 0 } failed && failed.All(ProofWithdrawal.IsOne);

    /// <summary>What the last drill found wrong; empty when it did not fail.</summary>
    public IReadOnlyList<DrillCheck> FailedChecks(StoredSnapshot stored)
    {
        if (LastOf(stored) is not { Proven: false } drill) return [];
        try
        {
            return [.. DrillCheck.Parse(drill.ChecksJson).Where(check => !check.Passed)];
        }
        catch (JsonException)
        {
            // The failure counts, also when nobody can read its reasons any more.
            return [];
        }
    }

    /// <summary>
    /// The restore point to rely on: the newest that is proven and not suspicious, else the newest that is proven; null when none is. It must
    /// never be deleted. Safety snapshots are none, and imported ones only where no other is proven.
    /// </summary>
    /// <param name="snapshots">Of the repository, in any order.</param>
    /// <param name="application">Of which application; null for whatever is there.</param>
    public StoredSnapshot? LastProven(IEnumerable<StoredSnapshot> snapshots, string? application) => Last(snapshots, application, IsProven);

    /// <summary>The same of what is proven here or elsewhere.</summary>
    internal StoredSnapshot? LastProvenAnywhere(IEnumerable<StoredSnapshot> snapshots) => Last(snapshots, null, stored => IsProven(stored) || IsProvenElsewhere(stored));

    /// <summary>The same of what is proven here, or was so until something was found lost.</summary>
    internal StoredSnapshot? LastOnceProven(IEnumerable<StoredSnapshot> snapshots) => Last(snapshots, null, stored => IsProven(stored) || IsWithdrawn(stored));

    private static StoredSnapshot? Last(IEnumerable<StoredSnapshot> snapshots, string? application, Func<StoredSnapshot, bool> isProven)
    {
        var proven = ImportedTag.PassOver([.. RestorePointsOf(snapshots, application).Where(isProven)]);
        return proven.FirstOrDefault(stored => !SuspiciousTag.IsOn(stored.Snapshot)) ?? proven.FirstOrDefault();
    }

    /// <summary>The snapshots of an application that are restore points and not proven, newest first; those whose drill failed are among them.</summary>
    /// <param name="snapshots">Of the repository, in any order.</param>
    /// <param name="application">Of which application; null for whatever is there.</param>
    public IReadOnlyList<StoredSnapshot> Unproven(IEnumerable<StoredSnapshot> snapshots, string? application) =>
        [.. RestorePointsOf(snapshots, application).Where(stored => !IsProven(stored))];

    /// <summary>A drill could prove it: one that is incomplete is never proven, and one whose drill has failed is what it was.</summary>
    public bool MayBeProven(StoredSnapshot stored) => (!HasFailed(stored) || IsWithdrawn(stored)) && !stored.Snapshot.Tags.Contains(IncompleteTag.Value, StringComparer.Ordinal);

    /// <summary>Newest first.</summary>
    internal static IEnumerable<StoredSnapshot> RestorePointsOf(IEnumerable<StoredSnapshot> snapshots, string? application) => snapshots
        .Where(stored => application is null || stored.Snapshot.Tags.Contains(ApplicationTag.Of(application), StringComparer.Ordinal))
        .Where(stored => !SafetyTag.IsOn(stored.Snapshot))
        .OrderByDescending(stored => (stored.Snapshot.Time, stored.Id));
}
