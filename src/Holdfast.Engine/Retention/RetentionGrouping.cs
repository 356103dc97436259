using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Retention;

/// <summary>Which snapshots a policy is applied to together.</summary>
/// <param name="ByApplication">Those of one application.</param>
/// <param name="By">What else they have in common.</param>
public sealed record RetentionGrouping(bool ByApplication, SnapshotGrouping By)
{
    private const string Words = "application, host, paths and tags";

    /// <summary>
    /// By application and host; what is of no application by host and paths, as restic does it. Paths do not tell the snapshots of an application
    /// apart, because they change with its manifest; hosts do, so that two machines with an application of one name do not push out each other's.
    /// </summary>
    public static RetentionGrouping Default { get; } = new(ByApplication: true, SnapshotGrouping.Host) { ByPathsWithoutApplication = true };

    /// <summary>Snapshots without an application are told apart by their paths, too.</summary>
    public bool ByPathsWithoutApplication { get; private init; }

    /// <summary>Reads names with commas between them; the empty text makes one group of all.</summary>
    /// <exception cref="HoldfastException">Usage: there is no such name.</exception>
    public static RetentionGrouping Parse(string text)
    {
        var (byApplication, by) = (false, SnapshotGrouping.None);
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            switch (word)
            {
                case "application": byApplication = true; break;
                case "host": by |= SnapshotGrouping.Host; break;
                case "paths" or "path": by |= SnapshotGrouping.Paths; break;
                case "tags" or "tag": by |= SnapshotGrouping.Tags; break;
                default: throw new HoldfastException(FailureKind.Usage, $"snapshots cannot be grouped by {Quoted.Text(word)}", $"there are {Words}; write them with commas between");
            }
        }

        return new RetentionGrouping(byApplication, by);
    }

    public RetentionGroup GroupOf(Snapshot snapshot)
    {
        var application = ByApplication ? ApplicationTag.ApplicationOf(snapshot.Tags) : null;
        var by = ByPathsWithoutApplication && application is null ? By | SnapshotGrouping.Paths : By;
        return new RetentionGroup(application, SnapshotGroupKey.Of(snapshot, by));
    }
}

/// <summary>What the snapshots of a group have in common.</summary>
/// <param name="Application">Null where they are of none, or of any.</param>
/// <param name="Key">The rest.</param>
public sealed record RetentionGroup(string? Application, SnapshotGroupKey Key);
