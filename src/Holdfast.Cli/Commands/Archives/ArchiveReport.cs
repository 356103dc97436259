using Holdfast.Cli.Output;
using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Progress;

namespace Holdfast.Cli.Commands.Archives;

/// <summary>Archives in words.</summary>
internal static class ArchiveReport
{
    internal static void Written(Screen screen, ArchiveExportResult result)
    {
        foreach (var database in result.Databases)
            screen.Line($"database {database.Name}: {HumanFormat.Count(database.Tables.Count, "table", "tables")}, {HumanFormat.Count(database.Tables.Values.Sum(), "row", "rows")}");
        screen.Line($"wrote {result.File.Display}, {HumanFormat.Size(result.Bytes)}{(result.Format.Encrypted ? ", encrypted" : string.Empty)}, of snapshot {result.Snapshot.Short}");
        screen.Line($"sha256 {result.FileSha256}");
    }

    internal static void Verified(Session session, VerifiedArchive archive, IReadOnlyList<string> missing)
    {
        var screen = session.Screen;
        screen.Line($"archive   {archive.File.Display}");
        screen.Line($"format    {archive.Format.Extension}{(archive.Format.Encrypted ? ", encrypted" : string.Empty)}");
        screen.Line($"size      {HumanFormat.Size(archive.Bytes)} ({archive.Bytes:N0} bytes)");
        screen.Line($"sha256    {archive.FileSha256}");
        screen.Line($"created   {HumanFormat.Time(archive.Created, session.Clock.LocalTimeZone)}");
        if (archive.Manifest is { } manifest) screen.Line($"snapshot  {manifest.Snapshot[..Math.Min(8, manifest.Snapshot.Length)]}{(manifest.Application is null ? string.Empty : $" of {manifest.Application}")}");
        foreach (var database in archive.Databases)
        {
            screen.Line($"database  {database.Name ?? database.Path ?? "(no name)"}: {HumanFormat.Size(database.Bytes)}, {HumanFormat.Count(database.Tables.Count, "table", "tables")}, {HumanFormat.Count(database.Tables.Values.Sum(), "row", "rows")}");
            foreach (var (table, rows) in database.Tables) screen.Line($"            {table}: {HumanFormat.Count(rows, "row", "rows")}");
        }

        if (archive.Files > 0) screen.Line($"files     {archive.Files:N0}");
        foreach (var notice in archive.Notices) screen.Notice(notice);
        foreach (var problem in archive.Problems) screen.Warning($"when it was made: {problem}");
        foreach (var table in missing) screen.Warning(table);
        foreach (var damaged in archive.Damage) screen.Marked(Mark.Bad, damaged);
        if (archive.Damage.Count > 0) screen.Marked(Mark.Bad, "the archive is NOT sound: it is as it was made, but the backup was damaged already; use another one");
        else screen.Marked(missing.Count == 0 ? Mark.Good : Mark.Bad, missing.Count == 0 ? "the archive is sound" : "the archive is sound, but it is not what the application needs");
    }
}
