using System.Globalization;
using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Verification;
using Holdfast.Restic.Checking;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary>What a check found, in words and as JSON.</summary>
internal static class CheckReport
{
    internal static void Print(Session session, CheckResult result, bool readData, bool isAll)
    {
        foreach (var finding in result.Findings)
        {
            session.Screen.Marked(finding.Severity == CheckSeverity.Error ? Mark.Bad : Mark.Note, $"{finding.Subject}: {finding.Message}");
            foreach (var harm in finding.Hurts) session.Screen.Line($"        hurts {Describe(session, harm)}");
            if (finding.MoreSnapshots > 0) session.Screen.Line($"        and {HumanFormat.Count(finding.MoreSnapshots, "more snapshot", "more snapshots")}");
        }

        session.Screen.Line(
            $"looked at {HumanFormat.Count(result.Snapshots, "snapshot", "snapshots")}, {HumanFormat.Count(result.Trees, "folder", "folders")}, "
            + $"{HumanFormat.Count(result.Packs, "pack", "packs")}, {HumanFormat.Count(result.Blobs, "blob", "blobs")}"
            + (readData ? $"; read {HumanFormat.Size(result.BytesRead)}" : string.Empty));
        session.Screen.Marked(
            result.HasErrors ? Mark.Bad : Mark.Good,
            result.HasErrors ? "the repository is damaged" : isAll ? "every byte is as it was written" : readData ? "what was read is as it was written" : "the structure is sound; --read-data verifies every byte");
    }

    internal static void Print(Screen screen, ReadCoverage coverage) => screen.Line(
        $"verified within {coverage.Within.TotalDays.ToString("0.##", CultureInfo.InvariantCulture)} days: {coverage.VerifiedPacks} of {HumanFormat.Count(coverage.Packs, "pack", "packs")}, "
        + $"{HumanFormat.Size(coverage.VerifiedBytes)} of {HumanFormat.Size(coverage.Bytes)}");

    private static string Describe(Session session, Harm harm)
    {
        var time = harm.Time is { } at ? $" of {HumanFormat.Time(at.ToDateTimeOffset(), session.Clock.LocalTimeZone)}" : string.Empty;
        var more = harm.MorePaths > 0 ? $" and {HumanFormat.Count(harm.MorePaths, "more path", "more paths")}" : string.Empty;
        return $"snapshot {harm.Snapshot.Short}{time}: {string.Join(", ", harm.Paths)}{more}";
    }

    internal static CheckDocument Document(CheckResult result, ReadCoverage? coverage) => new(
        !result.HasErrors,
        [.. result.Findings.Select(finding => new FindingDocument(
            finding.Severity == CheckSeverity.Error ? "error" : "hint",
            finding.Subject.ToString(),
            finding.Message,
            [.. finding.Hurts.Select(harm => new HarmDocument(harm.Snapshot.ToString(), harm.Time?.ToString(), harm.Paths, harm.MorePaths))],
            finding.MoreSnapshots))],
        result.Snapshots,
        result.Packs,
        result.Trees,
        result.Blobs,
        result.BytesRead,
        coverage is null
            ? null
            : new CoverageDocument(coverage.Within.TotalDays, coverage.Packs, coverage.Bytes, coverage.VerifiedPacks, coverage.VerifiedBytes));
}
