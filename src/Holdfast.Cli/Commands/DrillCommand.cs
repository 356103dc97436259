using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast drill [ID]</c>: proves a snapshot by restoring it elsewhere and checking the result.</summary>
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

    public Command Describe()
    {
        var command = new Command("drill", "Prove a snapshot: restore it elsewhere, check it, delete the copy.");
        command.Arguments.Add(_id);
        _which.AddTo(command);
        command.Options.Add(_scratch);
        command.Options.Add(_noLock);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var stored = await _which.ChooseAsync(session, repository, arguments, arguments.GetValue(_id), cancellationToken);
        return await ProveAsync(session, repository, stored, arguments.GetValue(_scratch), takesLock: !arguments.GetValue(_noLock), cancellationToken);
    }

    /// <summary>Drills one snapshot by its ID; what `verify` does with an ID.</summary>
    internal static async Task<int> ProveAsync(Session session, string id, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var stored = SnapshotOptions.Named(session, await SnapshotFiles.LoadAllAsync(repository, cancellationToken), id);
        return await ProveAsync(session, repository, stored, scratch: null, takesLock: true, cancellationToken);
    }

    private static async Task<int> ProveAsync(
        Session session, Repository repository, StoredSnapshot stored, string? scratch, bool takesLock, CancellationToken cancellationToken)
    {
        var options = new DrillOptions
        {
            Snapshot = stored,
            RepositoryLocation = RepositoryLocation.Of(session.RepositoryPath()),
            ScratchCandidates = Candidates(session, scratch),
            Forbidden = [session.RepositoryPath()],
            Identity = session.Identity,
            Lock = takesLock,
            Program = Session.Program,
        };
        using var state = LocalState.Open(session.StateFolder);
        var progress = new OperationProgress();
        DrillResult result;
        await using (new ProgressLine(session.Screen, progress, session.Clock))
        {
            result = await new DrillRun(repository, state, options, session.Clock, progress).ExecuteAsync(cancellationToken);
        }

        Report(session.Screen, stored, result);
        return result.Proven ? 0 : 1;
    }

    private static IReadOnlyList<FilePath> Candidates(Session session, string? given) => ScratchPlaces.Candidates(
        given is null ? null : FilePath.Absolute(given, session.CurrentDirectory),
        Session.Variable("TMPDIR") is { } temporary ? FilePath.Absolute(temporary, session.CurrentDirectory) : null,
        session.StateFolder,
        session.RepositoryPath());

    private static void Report(Screen screen, StoredSnapshot stored, DrillResult result)
    {
        foreach (var notice in result.Notices) screen.Notice(notice);
        foreach (var check in result.Checks)
            screen.Marked(check.Passed ? Mark.Good : Mark.Bad, check.ToString());

        screen.Line(
            $"restored {HumanFormat.Count(result.Databases, "database", "databases")} and {HumanFormat.Count(result.Files, "file", "files")}, "
            + $"{HumanFormat.Size(result.Bytes)}, in {HumanFormat.Duration(result.RestoreDuration)}; the whole drill took {HumanFormat.Duration(result.Duration)}");
        screen.Marked(
            result.Proven ? Mark.Good : Mark.Bad,
            result.Proven ? $"snapshot {stored.Id.Short} is proven" : $"snapshot {stored.Id.Short} is NOT proven: do not rely on it");
        screen.Json(
            new DrillDocument(
                stored.Id.ToString(),
                result.Proven,
                Math.Round(result.Duration.TotalSeconds, 3),
                Math.Round(result.RestoreDuration.TotalSeconds, 3),
                result.Files,
                result.Databases,
                result.Bytes,
                [.. result.Checks.Select(DrillDocuments.Of)],
                result.Notices),
            CliJson.Default.DrillDocument);
    }
}
