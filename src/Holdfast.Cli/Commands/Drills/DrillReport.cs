using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Commands.Drills;

/// <summary>What a drill found, for people.</summary>
internal static class DrillReport
{
    internal static void Print(Screen screen, Id snapshot, DrillResult result)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        foreach (var check in result.Checks) screen.Marked(check.Passed ? Mark.Good : Mark.Bad, check.ToString());
        screen.Line(
            $"restored {HumanFormat.Count(result.Databases, "database", "databases")} and {HumanFormat.Count(result.Files, "file", "files")}, "
            + $"{HumanFormat.Size(result.Bytes)}, in {HumanFormat.Duration(result.RestoreDuration)}; the whole drill took {HumanFormat.Duration(result.Duration)}");
        if (result.Proven) screen.Line($"recovery time: {HumanFormat.Duration(result.RecoveryTime)} from the order to a verified copy");
        screen.Marked(
            result.Proven ? Mark.Good : Mark.Bad,
            result.Proven ? $"snapshot {snapshot.Short} is proven" : $"snapshot {snapshot.Short} is NOT proven: do not rely on it");
    }
}
