using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast backup [PATH…]</c>: one snapshot of the application, or of the paths given.</summary>
internal sealed class BackupCommand : ISessionCommand
{
    private const int NotProven = 1;
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

    private readonly Option<bool> _drill = new("--drill") { Description = "Prove the snapshot right afterwards, however long that takes." };

    private readonly Option<bool> _noDrill = new("--no-drill") { Description = "Do not prove the snapshot afterwards, whatever the manifest says." };

    public Command Describe()
    {
        var command = new Command("backup", "Save the application, databases while they are in use.");
        command.Arguments.Add(_paths);
        command.Options.Add(_exclude);
        command.Options.Add(_tag);
        command.Options.Add(_force);
        command.Options.Add(_wait);
        command.Options.Add(_drill);
        command.Options.Add(_noDrill);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        var repositoryPath = session.RepositoryPath();
        var options = Options(session, arguments, repositoryPath);
        var wait = Wait(arguments.GetValue(_wait));
        var mode = Mode(arguments);
        // Loaded beside the derivation of the key, which keeps only one core busy.
        var library = Task.Run(() => SqliteConnections.LibraryVersion, cancellationToken);
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        await library;
        var progress = new OperationProgress();
        BackupResult result;
        await using (new ProgressLine(session.Screen, progress, session.Clock))
        {
            var images = new SqliteImageOptions { BusyDeadline = wait, Clock = session.Clock, DescribeHolders = DatabaseHolders.Describe };
            result = await new BackupRun(repository, AfterBackup.WithProofs(session, repository, options), images, session.Clock, progress).ExecuteAsync(cancellationToken);
        }

        Report(session.Screen, result);
        var drill = await AfterBackup.DrillAsync(session, repository, result, mode, cancellationToken);
        session.Screen.Json(Document(result, drill), CliJson.Default.BackupDocument);
        if (drill.Drill is { Proven: false }) return NotProven;
        return result.IsPartial || result.Suspicions.Count > 0 || drill.CouldNotRun ? DoneInPart : 0;
    }

    private BackupDrillMode Mode(ParseResult arguments) => (arguments.GetValue(_drill), arguments.GetValue(_noDrill)) switch
    {
        (true, true) => throw new HoldfastException(FailureKind.Usage, "--drill and --no-drill exclude each other", "give one of them"),
        (true, _) => BackupDrillMode.Always,
        (_, true) => BackupDrillMode.Never,
        _ => BackupDrillMode.ByManifest,
    };

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

    private static void Report(Screen screen, BackupResult result)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        foreach (var problem in result.Problems.Concat(result.Afterwards)) screen.Warning(problem);
        foreach (var doubt in result.Suspicions) screen.Warning($"this backup is suspicious: {doubt}");
        foreach (var database in result.Databases.Where(database => database.Missing is null))
        {
            var rows = HumanFormat.Count(database.Tables.Values.Sum(), "row", "rows");
            screen.Line($"database {database.Name}: {HumanFormat.Size(database.Sqlite?.Bytes ?? 0)}, {HumanFormat.Count(database.Tables.Count, "table", "tables")}, {rows}");
        }

        screen.Line($"files: {result.Files:N0}, of which {result.FilesUnchanged:N0} unchanged");
        screen.Line($"read {HumanFormat.Size(result.BytesRead)}, added {HumanFormat.Size(result.BytesAdded)}, in {HumanFormat.Duration(result.Duration)}");
        if (result is { Moments: { } moments } && result.Files + result.Databases.Count > 1) screen.Line(MomentsDocument.Words(moments));
        screen.Line($"snapshot {result.SnapshotId.Short} saved{(result.Problems.Count > 0 ? ", but not everything is in it" : string.Empty)}");
    }

    private static BackupDocument Document(BackupResult result, BackupDrillResult drill) => new(
        result.SnapshotId.ToString(),
        result.Files,
        result.FilesUnchanged,
        [.. result.Databases.Select(DatabaseDocuments.Of)],
        result.BytesRead,
        result.BytesAdded,
        Math.Round(result.Duration.TotalSeconds, 3),
        [.. result.Problems, .. result.Afterwards],
        result.Suspicions,
        drill.Drill is { } done ? DrillDocuments.Of(result.SnapshotId, done) : null,
        drill.Unproven,
        result.Notices,
        result.Version,
        MomentsDocument.Of(result.Moments));
}
