using Holdfast.Cli.Commands.Repositories;

namespace Holdfast.Cli.Output;

/// <summary>What forget prints.</summary>
internal sealed record ForgetDocument(
    bool DryRun,
    IReadOnlyList<ForgetGroupDocument> Groups,
    IReadOnlyList<string> Removed,
    IReadOnlyList<string> Left,
    IReadOnlyList<string> Damaged,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Notices,
    PruneDocument? Prune);

/// <summary>The snapshots that a policy is applied to together; newest first. What they are not grouped by is null.</summary>
internal sealed record ForgetGroupDocument(
    string? Application,
    string? Hostname,
    IReadOnlyList<string>? Paths,
    IReadOnlyList<string>? Tags,
    IReadOnlyList<ForgetSnapshotDocument> Keep,
    IReadOnlyList<ForgetSnapshotDocument> Remove);

/// <summary>One snapshot, and every reason.</summary>
internal sealed record ForgetSnapshotDocument(
    string Id,
    string ShortId,
    string Time,
    string Hostname,
    IReadOnlyList<string> Paths,
    IReadOnlyList<string> Tags,
    IReadOnlyList<ForgetReasonDocument> Reasons,
    IReadOnlyList<string> Matches,
    ForgetCountersDocument? Counters);

internal sealed record ForgetReasonDocument(string Kind, string Text);

/// <summary>What is left of the counts after a snapshot was looked at.</summary>
internal sealed record ForgetCountersDocument(int Last, int Hourly, int Daily, int Weekly, int Monthly, int Yearly);
