using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Drills;

/// <summary><c>holdfast drill [ID]</c>: proves snapshots by restoring them elsewhere and checking the result.</summary>
internal sealed class DrillCommand : ISessionCommand
{
    private readonly Argument<string?> _id = new("ID") { Description = SnapshotOptions.IdDescription, Arity = ArgumentArity.ZeroOrOne };

    private readonly SnapshotOptions _which = new();

    private readonly Option<string?> _scratch = new("--scratch")
    {
        Description = "The folder for the restored copy; else one with room is found.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _noLock = new("--no-lock")
    {
        Description = "Take no lock: for a repository that cannot be written to. Nothing may prune it meanwhile.",
    };

    private readonly Option<bool> _unproven = new("--all-unproven")
    {
        Description = "Drill every snapshot that is not proven and could be, the newest first; of the manifest's application, where there is one.",
    };

    private readonly Option<string?> _budget = new("--budget")
    {
        Description = "With --all-unproven: begin no other drill after this time, such as 10m.",
        HelpName = "TIME",
    };

    private readonly Option<bool> _boot = new("--boot")
    {
        Description = "Start the application on the restored copy, too, and ask whether it is healthy, as the manifest's drill.boot says.",
    };

    public Command Describe()
    {
        var command = new Command("drill", "Prove a snapshot: restore it elsewhere, check it, delete the copy.");
        command.Arguments.Add(_id);
        _which.AddTo(command);
        command.Options.Add(_unproven);
        command.Options.Add(_budget);
        command.Options.Add(_boot);
        command.Options.Add(_scratch);
        command.Options.Add(_noLock);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        var budget = Budget(arguments);
        var boot = arguments.GetValue(_boot) ? DrillSetup.Boot(session) : null;
        if (!arguments.GetValue(_unproven))
        {
            using var found = await _which.FindAsync(session, arguments, arguments.GetValue(_id), cancellationToken);
            using var own = LocalState.Open(session.StateFolder);
            return Report(session.Screen, found.Snapshot, await ProveAsync(found.At, found.Repository, own, Options(found.At, found.Snapshot), arguments.GetValue(_scratch), cancellationToken));
        }

        var (at, repository) = await Destinations.OpenFirstAsync(session, cancellationToken);
        using var opened = repository;
        using var state = LocalState.Open(session.StateFolder);
        var candidates = await _which.UnprovenAsync(at, repository, arguments, cancellationToken);
        var drills = new UnprovenDrills(Proofs.Load(at, repository), ToldAsync, session.Clock);
        return Report(session.Screen, await drills.ExecuteAsync(candidates, budget, cancellationToken));

        DrillOptions Options(Session of, StoredSnapshot stored) =>
            DrillSetup.Options(of, stored, arguments.GetValue(_scratch)) with { Lock = !arguments.GetValue(_noLock), Boot = boot };

        async Task<DrillResult> ToldAsync(StoredSnapshot stored, CancellationToken token)
        {
            session.Screen.Line($"snapshot {stored.Id.Short} of {HumanFormat.Time(stored.Snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone)}");
            var result = await ProveAsync(at, repository, state, Options(at, stored), arguments.GetValue(_scratch), token);
            DrillReport.Print(session.Screen, stored.Id, result);
            return result;
        }
    }

    /// <summary>Drills one snapshot by its ID; what `verify` does with an ID.</summary>
    internal static async Task<int> ProveAsync(Session session, string id, CancellationToken cancellationToken)
    {
        using var found = await SnapshotOptions.FindNamedAsync(session, id, cancellationToken);
        using var state = LocalState.Open(session.StateFolder);
        return Report(session.Screen, found.Snapshot, await ProveAsync(found.At, found.Repository, state, DrillSetup.Options(found.At, found.Snapshot, null), scratch: null, cancellationToken));
    }

    /// <summary>One drill, entered into the journal. It does not touch the application, and so waits for nobody.</summary>
    private static async Task<DrillResult> ProveAsync(
        Session session, Repository repository, LocalState state, DrillOptions options, string? scratch, CancellationToken cancellationToken)
    {
        var asked = session.Asked(new DrillRequest(options.Snapshot.Id.ToString(), options.Boot is not null)
        {
            Folder = session.CurrentDirectory,
            Scratch = scratch,
            NoLock = !options.Lock,
        });
        var progress = new OperationProgress();
        await using (new ProgressLine(session.Screen, progress, session.Clock))
        {
            return await session.Scope(TimeSpan.Zero).RunAsync(
                new OperationOrder(OperationKind.Drill, $"drill snapshot {options.Snapshot.Id.Short}", asked.Serialize()),
                locksApplication: false,
                (_, token) => new DrillRun(repository, state, options, session.Clock, progress).ExecuteAsync(token),
                BackupJob.OutcomeOf,
                progress,
                session.Clock,
                cancellationToken);
        }
    }

    private static int Report(Screen screen, StoredSnapshot stored, DrillResult result)
    {
        DrillReport.Print(screen, stored.Id, result);
        screen.Json(DrillDocuments.Of(stored, result), CliJson.Default.DrillDocument);
        return result.Proven ? ExitCode.Done : ExitCode.Bad;
    }

    private TimeSpan? Budget(ParseResult arguments)
    {
        if (arguments.GetValue(_unproven) && arguments.GetValue(_id) is not null)
            throw new HoldfastException(FailureKind.Usage, "--all-unproven and an ID exclude each other", "leave one of them out");
        if (arguments.GetValue(_budget) is not { } text) return null;
        if (!arguments.GetValue(_unproven)) throw new HoldfastException(FailureKind.Usage, "--budget is for --all-unproven", "leave it out: one drill takes as long as it takes");
        return DurationText.TryParse(text, out var budget) is { } problem
            ? throw new HoldfastException(FailureKind.Usage, $"--budget {Quoted.Text(text)} {problem}")
            : budget;
    }

    private static int Report(Screen screen, UnprovenDrillsResult result)
    {
        var failed = result.Drilled.Count(drill => !drill.Result.Proven);
        screen.Line($"{result.Drilled.Count - failed} proven, {failed} not, {result.Left.Count} left for lack of time");
        if (result.PassedOver.Count > 0)
            screen.Notice($"{HumanFormat.Count(result.PassedOver.Count, "other is", "others are")} not drilled again, because incomplete or failed before: `holdfast list` shows which, and `holdfast drill ID` drills one all the same");
        screen.Json(
            new UnprovenDrillsDocument(
                result.AllProven,
                [.. result.Drilled.Select(drill => DrillDocuments.Of(drill.Snapshot, drill.Result))],
                [.. result.Left.Select(stored => stored.Id.ToString())],
                [.. result.PassedOver.Select(stored => stored.Id.ToString())]),
            CliJson.Default.UnprovenDrillsDocument);
        return result.AllProven ? ExitCode.Done : ExitCode.Bad;
    }
}
