using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Forgetting;

/// <summary>What the snapshots of a group have in common; nothing makes one group of all.</summary>
[Flags]
public enum SnapshotGrouping
{
    None = 0,
    Host = 1,
    Paths = 2,
    Tags = 4,
}

/// <summary>What tells a group from others; null where it is not grouped by that. Paths and tags are sorted.</summary>
public sealed record SnapshotGroupKey(string? Host, IReadOnlyList<string>? Paths, IReadOnlyList<string>? Tags)
{
    public static SnapshotGroupKey Of(Snapshot snapshot, SnapshotGrouping grouping) => new(
        grouping.HasFlag(SnapshotGrouping.Host) ? snapshot.Hostname ?? string.Empty : null,
        grouping.HasFlag(SnapshotGrouping.Paths) ? Sorted(snapshot.Paths) : null,
        grouping.HasFlag(SnapshotGrouping.Tags) ? Sorted(snapshot.Tags) : null);

    public bool Equals(SnapshotGroupKey? other) =>
        other is not null && string.Equals(Host, other.Host, StringComparison.Ordinal) && AreSame(Paths, other.Paths) && AreSame(Tags, other.Tags);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Host, StringComparer.Ordinal);
        foreach (var text in (Paths ?? []).Concat(Tags ?? [])) hash.Add(text, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    private static bool AreSame(IReadOnlyList<string>? left, IReadOnlyList<string>? right) =>
        left is null || right is null ? left is null && right is null : left.SequenceEqual(right, StringComparer.Ordinal);

    private static IReadOnlyList<string> Sorted(IReadOnlyList<string> texts) => [.. texts.Order(StringComparer.Ordinal)];
}
