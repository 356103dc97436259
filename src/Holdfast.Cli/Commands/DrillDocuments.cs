using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;

namespace Holdfast.Cli.Commands;

/// <summary>What drills found, as --json shows it.</summary>
internal static class DrillDocuments
{
    internal static DrillCheckDocument Of(DrillCheck check) =>
        new(check.Name, check.Subject, check.Passed, check.Detail, Math.Round(check.Seconds, 3));
}
