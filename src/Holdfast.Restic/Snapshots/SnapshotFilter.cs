namespace Holdfast.Restic.Snapshots;

/// <summary>Which snapshots are meant, as restic's options say it: each part that is empty lets everything through.</summary>
public sealed record SnapshotFilter
{
    /// <summary>Lets every snapshot through.</summary>
    public static readonly SnapshotFilter All = new();

    /// <summary>One of these hosts.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>All of these paths.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>One of these sets, of which all tags.</summary>
    public IReadOnlyList<IReadOnlyList<string>> TagSets { get; init; } = [];

    public bool Matches(Snapshot snapshot) =>
        (Hosts.Count == 0 || Hosts.Contains(snapshot.Hostname ?? string.Empty, StringComparer.Ordinal))
        && Paths.All(path => snapshot.Paths.Contains(path, StringComparer.Ordinal))
        && (TagSets.Count == 0 || TagSets.Any(tags => tags.All(tag => snapshot.Tags.Contains(tag, StringComparer.Ordinal))));
}
