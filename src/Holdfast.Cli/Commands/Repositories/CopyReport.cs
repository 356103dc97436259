using Holdfast.Cli.Output;
using Holdfast.Engine.Copying;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Copying;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary>What copy will do or did, in words and as JSON.</summary>
internal static class CopyReport
{
    /// <param name="session">Where to.</param>
    /// <param name="plan">What was to be copied.</param>
    /// <param name="result">What came of it; null in a dry run.</param>
    internal static void Print(Session session, CopyPlan plan, CopyResult? result)
    {
        if (!plan.SharesPieces && plan.Missing.Count > 0)
        {
            session.Screen.Warning(
                "the two repositories cut files at different places, so that files backed up into both share nothing; copies alone still share what is equal. "
                + "A repository made with `holdfast init --copy-chunker-params-from` would not have this");
        }

        if (result is null)
        {
            foreach (var snapshot in plan.Missing) session.Screen.Line($"copy {Words(session, snapshot)}");
        }
        else
        {
            foreach (var copy in result.Copied) session.Screen.Line($"copied {Words(session, copy.Source)}, there {copy.Id.Short}");
            foreach (var failed in result.Failed) session.Screen.Warning($"snapshot {failed.Source.Id.Short} was not copied: {failed.Why}");
        }

        if (plan.Present.Count > 0) session.Screen.Line($"{HumanFormat.Count(plan.Present.Count, "snapshot is", "snapshots are")} there already");
        if (plan.Missing.Count + plan.Present.Count == 0) session.Screen.Line("there is no such snapshot");
        if (result is { Copied.Count: > 0 })
        {
            session.Screen.Marked(
                result.Failed.Count > 0 ? Mark.Note : Mark.Good,
                $"copied {HumanFormat.Count(result.Copied.Count, "snapshot", "snapshots")}, {HumanFormat.Size(result.Added.Bytes)} that were not there ({HumanFormat.Size(result.Added.StoredBytes)} stored); drill them there to prove them");
        }
    }

    /// <summary>What a repository was given of what others have; what is wrong with one that was given up is told already.</summary>
    internal static void Print(Screen screen, DestinationResult result, DestinationSet destinations)
    {
        if (result.Copied is [.., var last])
            screen.Line($"copied {HumanFormat.Count(result.Copied.Count, "snapshot", "snapshots")} to {result.Destination.Name}, added {HumanFormat.Size(result.Added.StoredBytes)}; the last is {last.Id.Short} there");
        if (result.IsComplete) return;
        if (destinations.FailureOf(result.Destination) is null) foreach (var problem in result.Problems) screen.Warning(problem);
        screen.Warning($"the repository {result.Destination.Name} has not all that it should: the next `holdfast backup` makes up for it, and so does `holdfast copy`");
    }

    internal static CopyDestinationDocument Document(DestinationResult result) => new(
        result.Destination.Name,
        result.Destination.Address.Display,
        [.. result.Copied.Select(copy => Of(copy.Source, copy.Id))],
        result.Added.StoredBytes,
        [.. result.Problems]);

    internal static CopyDocument Document(CopyPlan plan, CopyResult? result) => new(
        result is null,
        result is null ? [.. plan.Missing.Select(snapshot => Of(snapshot, null))] : [.. result.Copied.Select(copy => Of(copy.Source, copy.Id))],
        [.. plan.Present.Select(copy => Of(copy.Source, copy.Id))],
        [.. (result?.Failed ?? []).Select(failed => new FailedCopyDocument(failed.Source.Id.ToString(), failed.Why))],
        result?.Added.Bytes ?? 0,
        result?.Added.StoredBytes ?? 0,
        plan.SharesPieces);

    private static CopiedSnapshotDocument Of(StoredSnapshot snapshot, Id? copy) => new(snapshot.Id.ToString(), copy?.ToString(), snapshot.Snapshot.Time.ToString());

    private static string Words(Session session, StoredSnapshot snapshot) =>
        $"{snapshot.Id.Short} of {HumanFormat.Time(snapshot.Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone)} on {Printable.Line(snapshot.Snapshot.Hostname ?? "an unknown host")}";
}
