using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>The tag of snapshots that came out of an archive.</summary>
public static class ImportedTag
{
    public const string Value = "imported";

    public static bool IsOn(Snapshot snapshot) => snapshot.Tags.Contains(Value, StringComparer.Ordinal);

    /// <summary>
    /// What stands for the application: an import may be of a part, of long ago, or of somebody else, and is passed over wherever there is another. Everything
    /// that chooses a restore point by itself follows this rule.
    /// </summary>
    /// <param name="candidates">Those that could be chosen, in any order, which is kept.</param>
    internal static List<StoredSnapshot> PassOver(IReadOnlyList<StoredSnapshot> candidates) =>
        candidates.Any(stored => !IsOn(stored.Snapshot)) ? [.. candidates.Where(stored => !IsOn(stored.Snapshot))] : [.. candidates];
}
