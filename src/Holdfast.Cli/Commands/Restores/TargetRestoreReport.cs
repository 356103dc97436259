using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;

namespace Holdfast.Cli.Commands.Restores;

/// <summary>What a restore to another folder came to.</summary>
internal static class TargetRestoreReport
{
    internal static void Print(Screen screen, RestoreOptions options, RestoreResult result)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        foreach (var problem in result.Problems) screen.Warning(problem);
        screen.Line(
            $"restored {HumanFormat.Count(result.Databases, "database", "databases")} and {HumanFormat.Count(result.Files, "file", "files")} to {options.Target!.Display}, "
            + $"{HumanFormat.Size(result.Bytes)} in {HumanFormat.Duration(result.Duration)}{(result.IsPartial ? ", but not everything" : string.Empty)}");
        screen.Json(
            new RestoreDocument(
                options.Snapshot.Id.ToString(),
                options.Target?.ToString(),
                result.Files,
                result.Databases,
                result.Bytes,
                Math.Round(result.Duration.TotalSeconds, 3),
                result.Problems,
                result.Notices),
            CliJson.Default.RestoreDocument);
    }
}
