using System.CommandLine;
using Holdfast.Cli.Commands.Archives;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives;
using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Backups;

/// <summary><c>holdfast backup [PATH…]</c>: one snapshot of the application, or of the paths given.</summary>
internal sealed class BackupCommand : ISessionCommand
{
    private readonly Argument<string[]> _paths = PathArgument.Create("Files and folders to save; without any, what the manifest describes.");

    private readonly Option<string[]> _exclude = new("--exclude")
    {
        Description = "A pattern of what to leave out; may be repeated.",
        HelpName = "PATTERN",
    };

    private readonly Option<string[]> _tag = new("--tag") { Description = "A tag for the snapshot; may be repeated.", HelpName = "TAG" };

    private readonly Option<bool> _force = new("--force") { Description = "Read every file again, also those that look unchanged." };

    private readonly WaitOption _wait = new(
        "How long to wait for a database that another process keeps locked, and for an operation that is at the application; when given, also for a lock on the repository.",
        new SqliteImageOptions().BusyDeadline);

    private readonly Option<bool> _drill = new("--drill") { Description = "Prove the snapshot right afterwards, however long that takes." };

    private readonly Option<bool> _noDrill = new("--no-drill") { Description = "Do not prove the snapshot afterwards, whatever the manifest says." };

    private readonly OutputOptions _output = new();

    public Command Describe()
    {
        var command = new Command("backup", "Save the application, databases while they are in use.");
        command.Arguments.Add(_paths);
        command.Options.Add(_exclude);
        command.Options.Add(_tag);
        command.Options.Add(_force);
        command.Options.Add(_wait.Option);
        command.Options.Add(_drill);
        command.Options.Add(_noDrill);
        _output.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        // Told before anything is done.
        var (wait, mode) = (_wait.Value(arguments), Mode(arguments));
        var dump = _output.RequestedDump(session, arguments);
        using var requested = dump is null ? await _output.RequestedAsync(session, arguments, cancellationToken) : null;
        var surroundings = session.Surroundings(wait, _output.PassphraseFor(session, arguments));
        if ((requested is null && dump is null) || session.NamesRepository)
        {
            using var destinations = Destinations.Of(session);
            var options = Options(destinations[destinations.Set.All[0]], arguments);
            if (requested is not null) DatabaseChoice.RequireClear(requested.Format, requested.Database, [.. options.Databases.Select(database => database.Name)]);
            // Loaded beside the derivation of the key, which keeps only one core busy.
            var library = Task.Run(() => SqliteConnections.LibraryVersion, cancellationToken);
            await destinations.Set.OpenAsync(cancellationToken);
            await library;
            var everywhere = new BackupEverywhere(session, destinations, options);
            return Show(session, await everywhere.ExecuteAsync(
                (at, repository) => new ShownBackup(at, repository, at.Surroundings(wait, _output.PassphraseFor(session, arguments))) { Dump = dump }
                    .ExecuteAsync(Options(at, arguments), Asked(session, arguments, mode), requested, cancellationToken),
                cancellationToken));
        }

        // Whoever wants one file and has no repository gets one for the time it takes.
        await using var scratch = await ScratchRepository.CreateAsync(surroundings.ScratchCandidates, 0, session.Identity, session.Clock, cancellationToken);
        var shown = new ShownBackup(session, scratch.Repository, surroundings) { Dump = dump };
        return Show(session, await shown.ExecuteInScratchAsync(Options(session.With(scratch.Path), arguments), requested, cancellationToken));
    }

    private static int Show(Session session, FinishedBackup finished)
    {
        session.Screen.Json(finished.Document, CliJson.Default.BackupDocument);
        return finished.ExitCode;
    }

    private BackupDrillMode Mode(ParseResult arguments) => (arguments.GetValue(_drill), arguments.GetValue(_noDrill)) switch
    {
        (true, true) => throw new HoldfastException(FailureKind.Usage, "--drill and --no-drill exclude each other", "give one of them"),
        (true, _) => BackupDrillMode.Always,
        (_, true) => BackupDrillMode.Never,
        _ => BackupDrillMode.ByManifest,
    };

    private BackupRequest Asked(Session session, ParseResult arguments, BackupDrillMode mode) => session.Asked(_output.Apply(arguments, new BackupRequest(
        arguments.GetValue(_paths) ?? [], arguments.GetValue(_exclude) ?? [], arguments.GetValue(_tag) ?? [], null)
    {
        Folder = session.CurrentDirectory,
        Force = arguments.GetValue(_force),
        Drill = mode,
        WaitSeconds = IsWaitGiven(arguments) ? _wait.Value(arguments).TotalSeconds : null,
    }));

    private bool IsWaitGiven(ParseResult arguments) => arguments.GetResult(_wait.Option) is { Implicit: false };

    private BackupOptions Options(Session session, ParseResult arguments)
    {
        var paths = arguments.GetValue(_paths) ?? [];
        var common = new BackupOptions
        {
            Targets = [],
            Own = OwnPlaces.Of(session.Address(), session.StateFolder, session.PassphraseSource(), session.Manifest?.Application),
            Tags = arguments.GetValue(_tag) ?? [],
            Force = arguments.GetValue(_force),
            // Only when somebody asks for it: a lock is no database, which is locked for a moment.
            LockWait = IsWaitGiven(arguments) ? _wait.Value(arguments) : TimeSpan.Zero,
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
}
