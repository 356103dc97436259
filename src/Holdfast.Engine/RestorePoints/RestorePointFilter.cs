using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Which snapshots are looked at. Each part that is empty or null lets everything through; all parts must be met.</summary>
public sealed record RestorePointFilter
{
    /// <summary>Lets every snapshot through.</summary>
    public static readonly RestorePointFilter All = new();

    /// <summary>Of this application, by its tag.</summary>
    public string? Application { get; init; }

    /// <summary>Of one of these hosts.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>With all of these tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Backups in which all of these paths were asked for, absolute.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Of this moment or later.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Of this moment or earlier.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Only those that a drill has proven.</summary>
    public bool Proven { get; init; }

    /// <summary>Nothing is asked for.</summary>
    public bool IsEmpty =>
        Application is null && After is null && Before is null && !Proven && Hosts.Count + Tags.Count + Paths.Count == 0;

    /// <param name="stored">The snapshot.</param>
    /// <param name="isProven">Asked only when it matters.</param>
    public bool Matches(StoredSnapshot stored, Func<StoredSnapshot, bool> isProven) =>
        Named.Matches(stored.Snapshot)
        && !(After is { } after && stored.Snapshot.Time < Timestamp.FromDateTimeOffset(after))
        && !(Before is { } before && stored.Snapshot.Time > Last(before))
        && (!Proven || isProven(stored));

    /// <summary>The last nanosecond of a moment, which is one of 100 ns.</summary>
    private static Timestamp Last(DateTimeOffset moment)
    {
        var first = Timestamp.FromDateTimeOffset(moment);
        return first with { Nanoseconds = first.Nanoseconds + 99 };
    }

    /// <summary>What is named other than by time and proof, in the form of the repository's room.</summary>
    private SnapshotFilter Named
    {
        get
        {
            IReadOnlyList<string> tags = Application is null ? Tags : [.. Tags, ApplicationTag.Of(Application)];
            return new SnapshotFilter { Hosts = Hosts, Paths = Paths, TagSets = tags.Count == 0 ? [] : [tags] };
        }
    }
}
