using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Drills;

/// <summary>What drills found, as --json shows it.</summary>
internal static class DrillDocuments
{
    internal static DrillDocument Of(StoredSnapshot stored, DrillResult result) => Of(stored.Id, result);

    internal static DrillDocument Of(Id snapshot, DrillResult result) => new(
        snapshot.ToString(),
        result.Proven,
        Math.Round(result.Duration.TotalSeconds, 3),
        Math.Round(result.RestoreDuration.TotalSeconds, 3),
        Math.Round(result.RecoveryTime.TotalSeconds, 3),
        result.Files,
        result.Databases,
        result.Bytes,
        [.. result.Checks.Select(Of)],
        result.Notices);

    internal static DrillCheckDocument Of(DrillCheck check) =>
        new(check.Name, check.Subject, check.Passed, check.Detail, Math.Round(check.Seconds, 3));
}
