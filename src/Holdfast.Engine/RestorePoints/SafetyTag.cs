using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>The tag of the snapshot that a restore makes of what it is about to replace. It is never the latest by itself.</summary>
public static class SafetyTag
{
    public const string Value = "holdfast-safety";

    public static bool IsOn(Snapshot snapshot) => snapshot.Tags.Contains(Value, StringComparer.Ordinal);
}
