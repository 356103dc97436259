using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Restores;

/// <summary><c>holdfast rollback</c>: takes the last restore back, from the snapshot that it made of the state before.</summary>
internal sealed class RollbackCommand : ISessionCommand
{
    private readonly Option<bool> _dryRun = new("--dry-run", "-n") { Description = "Only say what would be done." };

    private readonly Option<string?> _root = new("--root")
    {
        Description = "Where the application is on this host, as it was given to the restore.",
        HelpName = "DIR",
    };

    private readonly InPlaceOptions _inPlace = new();

    public Command Describe()
    {
        var command = new Command("rollback", "Take the last restore back: bring back the state before it.");
        command.Options.Add(_dryRun);
        command.Options.Add(_root);
        _inPlace.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var root = arguments.GetValue(_root) is { } given ? FilePath.Absolute(given, session.CurrentDirectory) : null;
        var surroundings = session.RestoreSurroundings(TimeSpan.Zero) with { Root = root };
        if (OpenRestore.Of(surroundings, session.Clock, _inPlace.GoesOver(arguments)) is { } open) throw open;
        var rollback = Find(session, surroundings);
        if (rollback.Warning(session.Clock.LocalTimeZone) is { } warning) session.Screen.Warning(warning);
        using var found = await SnapshotOptions.FindNamedAsync(OfRestore(session, rollback.Operation), rollback.Snapshot, cancellationToken);
        var (at, repository, _, safety) = found;
        var request = rollback.Request(_inPlace.Apply(arguments, new RestoreRequest { Snapshot = safety.Id.ToString(), Repository = at.Address() }));
        try
        {
            var run = new InPlaceRun(at, repository, safety, _inPlace.Wait(arguments), root) { TakesBack = rollback.Describe(session.Clock.LocalTimeZone) };
            return await run.RunAsync(
                request, [], new ConsentOptions(arguments.GetValue(_dryRun), _inPlace.IsConfirmed(arguments), Interactive: false), cancellationToken);
        }
        catch (HoldfastException error)
        {
            throw rollback.Explain(error);
        }
    }

    /// <summary>The safety snapshot is where the restore put it: a manifest that came back with it may name another repository.</summary>
    private static Session OfRestore(Session session, Operation operation) =>
        RestoreRequest.TryParse(operation.Request) is { } request && request.Repository.Place != session.Address().Place ? session.Of(operation) : session;

    private static Rollback Find(Session session, RestoreSurroundings surroundings)
    {
        using var state = LocalState.Open(session.StateFolder);
        return Rollback.Find(new OperationJournal(state), surroundings.Application);
    }
}
