using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// The tag of a snapshot that holds much less than the last proven one: an application may have lost data before it was backed up. It takes the
/// place of no proven snapshot by itself. Taking the tag away accepts it (<c>restic tag --remove holdfast-suspicious ID</c>).
/// </summary>
public static class SuspiciousTag
{
    public const string Value = "holdfast-suspicious";

    public static bool IsOn(Snapshot snapshot) => snapshot.Tags.Contains(Value, StringComparer.Ordinal);
}
