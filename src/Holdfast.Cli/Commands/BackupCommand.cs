using System.CommandLine;
using Holdfast.Cli.Commands.Archives;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast backup [PATH…]</c>: one snapshot of the application, or of the paths given.</summary>
internal sealed class BackupCommand : ISessionCommand
{
    private const int DoneInPart = 3;

    private readonly Argument<string[]> _paths = PathArgument.Create("Files and folders to save; without any, what the manifest describes.");

    private readonly Option<string[]> _exclude = new("--exclude")
    {
        Description = "A pattern of what to leave out; may be repeated.",
        HelpName = "PATTERN",
    };

    private readonly Option<string[]> _tag = new("--tag") { Description = "A tag for the snapshot; may be repeated.", HelpName = "TAG" };

    private readonly Option<bool> _force = new("--force") { Description = "Read every file again, also those that look unchanged." };

    private readonly Option<double> _wait = new("--wait")
    {
        Description = "How long to wait for a database that another process keeps locked.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => new SqliteImageOptions().BusyDeadline.TotalSeconds,
    };

    private readonly BackupArchives _archives = new();

    public Command Describe()
    {
        var command = new Command("backup", "Save the application, databases while they are in use.");
        command.Arguments.Add(_paths);
        command.Options.Add(_exclude);
        command.Options.Add(_tag);
        command.Options.Add(_force);
        command.Options.Add(_wait);
        _archives.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        // Told before anything is done.
        _ = Wait(arguments.GetValue(_wait));
        using var requested = await _archives.RequestedAsync(session, arguments, cancellationToken);
        if (requested is null || session.NamesRepository)
        {
            var path = session.RepositoryPath();
            var options = Options(session, arguments, path);
            // Loaded beside the derivation of the key, which keeps only one core busy.
            var library = Task.Run(() => SqliteConnections.LibraryVersion, cancellationToken);
            using var repository = await session.OpenRepositoryAsync(cancellationToken);
            await library;
            return await RunAsync(session, repository, options, requested, isLasting: true, arguments, cancellationToken);
        }

        // Whoever wants one file and has no repository gets one for the time it takes.
        await using var scratch = await ScratchRepository.CreateAsync(ArchivePlaces.Scratch(session), 0, session.Identity, session.Clock, cancellationToken);
        return await RunAsync(session, scratch.Repository, Options(session, arguments, scratch.Path), requested, isLasting: false, arguments, cancellationToken);
    }

    private async Task<int> RunAsync(
        Session session, Repository repository, BackupOptions options, RequestedArchive? requested, bool isLasting, ParseResult arguments, CancellationToken cancellationToken)
    {
        var progress = new OperationProgress();
        BackupResult result;
        ArchiveExportResult? exported = null;
        FolderArchives folders;
        await using (new ProgressLine(session.Screen, progress, session.Clock))
        {
            var images = new SqliteImageOptions { BusyDeadline = Wait(arguments.GetValue(_wait)), Clock = session.Clock, DescribeHolders = DatabaseHolders.Describe };
            result = await new BackupRun(repository, options, images, session.Clock, progress).ExecuteAsync(cancellationToken);
            folders = await _archives.FillFoldersAsync(session, repository, result.SnapshotId, arguments, progress, cancellationToken);
            if (requested is not null)
            {
                try
                {
                    exported = await BackupArchives.ExportAsync(session, repository, result.SnapshotId, requested, progress, cancellationToken);
                }
                catch (HoldfastException) when (isLasting)
                {
                    session.Screen.Notice($"snapshot {result.SnapshotId.Short} was saved into the repository all the same");
                    throw;
                }
            }
        }

        Report(session.Screen, result, exported, folders, isLasting);
        return result.IsPartial || folders.Problems.Count > 0 ? DoneInPart : 0;
    }

    private BackupOptions Options(Session session, ParseResult arguments, FilePath repositoryPath)
    {
        var paths = arguments.GetValue(_paths) ?? [];
        var common = new BackupOptions
        {
            Targets = [],
            Own = OwnPlaces.Of(repositoryPath, session.StateFolder, session.PassphraseSource(), session.Manifest?.Application),
            Tags = arguments.GetValue(_tag) ?? [],
            Force = arguments.GetValue(_force),
            Identity = session.Identity,
            Program = Session.Program,
        };
        var patterns = Patterns(arguments.GetValue(_exclude) ?? []);
        if (paths.Length > 0)
        {
            return common with
            {
                Targets = [.. paths.Select(path => FilePath.Absolute(path, session.CurrentDirectory))],
                Exclude = new Exclusions(session.CurrentDirectory.ToString(), patterns),
            };
        }

        var manifest = session.Manifest ?? throw new HoldfastException(
            FailureKind.Usage, "there is nothing to back up: no path was given and there is no holdfast.yaml", "name files and folders, or run `holdfast init` in the application's folder");
        return ApplicationTargets.Of(manifest.Path, manifest.Application, common, patterns);
    }

    private static TimeSpan Wait(double seconds) => seconds is >= 0 and <= 86_400
        ? TimeSpan.FromSeconds(seconds)
        : throw new HoldfastException(FailureKind.Usage, "--wait is not a number of seconds between 0 and 86400");

    private static List<PathPattern> Patterns(IEnumerable<string> texts)
    {
        var patterns = new List<PathPattern>();
        foreach (var text in texts)
        {
            if (PathPattern.Problem(text) is { } problem) throw new HoldfastException(FailureKind.Usage, $"the pattern {Quoted.Text(text)} {problem}");
            patterns.Add(PathPattern.Parse(text));
        }

        return patterns;
    }

    private static void Report(Screen screen, BackupResult result, ArchiveExportResult? exported, FolderArchives folders, bool isLasting)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        foreach (var problem in result.Problems.Concat(result.Afterwards).Concat(folders.Problems)) screen.Warning(problem);
        foreach (var database in result.Databases.Where(database => database.Missing is null))
        {
            var rows = HumanFormat.Count(database.Tables.Values.Sum(), "row", "rows");
            screen.Line($"database {database.Name}: {HumanFormat.Size(database.Sqlite?.Bytes ?? 0)}, {HumanFormat.Count(database.Tables.Count, "table", "tables")}, {rows}");
        }

        screen.Line($"files: {result.Files:N0}, of which {result.FilesUnchanged:N0} unchanged");
        screen.Line($"read {HumanFormat.Size(result.BytesRead)}, added {HumanFormat.Size(result.BytesAdded)}, in {HumanFormat.Duration(result.Duration)}");
        if (result is { Moments: { } moments } && result.Files + result.Databases.Count > 1) screen.Line(MomentsDocument.Words(moments));
        foreach (var archive in folders.Written)
            screen.Line($"archive {archive.File}, {HumanFormat.Size(archive.Bytes)}, verified{(archive.Removed.Count > 0 ? $"; {HumanFormat.Count(archive.Removed.Count, "old one", "old ones")} deleted" : string.Empty)}");
        if (exported is not null) screen.Line($"wrote {exported.File.Display}, {HumanFormat.Size(exported.Bytes)}{(exported.Format.Encrypted ? ", encrypted" : string.Empty)}");
        if (isLasting) screen.Line($"snapshot {result.SnapshotId.Short} saved{(result.Problems.Count > 0 ? ", but not everything is in it" : string.Empty)}");
        screen.Json(
            new BackupDocument(
                result.SnapshotId.ToString(),
                result.Files,
                result.FilesUnchanged,
                [.. result.Databases.Select(DatabaseDocuments.Of)],
                result.BytesRead,
                result.BytesAdded,
                Math.Round(result.Duration.TotalSeconds, 3),
                [.. result.Problems, .. result.Afterwards, .. folders.Problems],
                result.Notices,
                result.Version,
                MomentsDocument.Of(result.Moments),
                [.. folders.Written, .. exported is null ? (ExportDocument[])[] : [ArchiveDocuments.Of(exported)]]),
            CliJson.Default.BackupDocument);
    }
}
