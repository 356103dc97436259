using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Initialization;

namespace Holdfast.Cli.Commands;

/// <summary>What an init made, in words and as a document.</summary>
internal static class InitReport
{
    private const int LargestSheet = 64 * 1024;

    internal static void Made(Screen screen, InitializationResult made)
    {
        if (made.Draft is { } draft)
        {
            screen.Line($"wrote {made.Manifest!.Display}");
            foreach (var line in draft.Summary) screen.Line(line);
            if (!draft.HasDatabase) screen.Notice("no SQLite database was found: if the application has one, add it to the manifest before you rely on the backups");
        }
        else if (made.Manifest is { } manifest)
        {
            screen.Line($"using {manifest.Display}");
        }

        if (made.RecoverySheet is not null) screen.Line($"made the key {made.PassphraseFile!.Display}");
        screen.Line($"made the repository {made.Repository.Display}");
        foreach (var notice in made.Notices) screen.Notice(notice);
        foreach (var warning in made.Warnings) screen.Warning(warning);
    }

    /// <summary>
    /// The sheet of a key that was made now, where a person reads along. What goes into a file or a pipe may be kept for ever and read by many:
    /// there only its place is told.
    /// </summary>
    internal static void Key(Screen screen, InitializationResult made)
    {
        if (made.RecoverySheet is not { } sheet) return;
        screen.Line();
        if (screen.ShowsSecrets)
        {
            screen.Line(new string('-', 80));
            screen.Line(FileSystem.ReadAllText(sheet, LargestSheet).TrimEnd('\n'));
            screen.Line(new string('-', 80));
            screen.Line();
        }

        screen.Line($"the recovery sheet is {sheet.Display}: print it, keep it away from this machine, then delete the file.");
        screen.Line("Without the key nobody can read the backups, you included.");
    }

    internal static void Next(Screen screen, InitializationResult made, BackupDocument? backup)
    {
        if (made.Manifest is null) return;
        if (made.Draft is not null) screen.Line("next: read holdfast.yaml and correct what was guessed wrongly; `holdfast config check` compares it with this machine");
        screen.Line(backup switch
        {
            { Drill.Proven: true } => "then `holdfast backup` whenever something is worth saving; `holdfast list` shows what there is and what is proven",
            { Drill: not null } => "the backup is not proven: see above what failed, correct it, then `holdfast backup`",
            { } => "then `holdfast drill` to prove that the backup can be restored",
            null => "then `holdfast backup`, and `holdfast drill` to prove that it can be restored",
        });
    }

    internal static InitDocument Document(InitializationResult made, BackupDocument? backup) => new(
        made.Repository.Text,
        made.RepositoryId.ToString(),
        made.Manifest?.ToString(),
        made.PassphraseFile?.ToString(),
        made.RecoverySheet?.ToString(),
        made.Warnings,
        backup);
}
