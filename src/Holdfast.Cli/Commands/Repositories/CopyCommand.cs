using System.CommandLine;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Copying;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Copying;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast copy [ID…] --to REPOSITORY</c>: snapshots into another repository.</summary>
internal sealed class CopyCommand : ISessionCommand
{
    private readonly Argument<string[]> _ids = new("ID")
    {
        Description = "The beginnings of snapshots' IDs, or `latest`; none for all that the options let through.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly OtherRepositoryOptions _to = new("--to", "The repository to copy to; without it, each of the manifest's is given what it has missed.", "--to");

    private readonly FilterOptions _filter = new();

    private readonly Option<bool> _dryRun = new("--dry-run", "-n") { Description = "Only say what would be copied." };

    private readonly Option<bool> _noLock = new("--no-lock")
    {
        Description = "Take no lock on the repository that is read: for one that cannot be written to. Nothing may prune it meanwhile.",
    };

    public Command Describe()
    {
        var command = new Command("copy", "Copy snapshots into another repository; what it has already is not stored again.");
        command.Arguments.Add(_ids);
        _to.AddTo(command);
        _filter.AddTo(command);
        command.Options.Add(_dryRun);
        command.Options.Add(_noLock);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (!_to.IsGiven(arguments) && session.Destinations().Count > 1) return await EverywhereAsync(session, arguments, cancellationToken);
        if (!_to.IsGiven(arguments)) throw new HoldfastException(FailureKind.Usage, "--to is missing", "name the repository to copy to; without it, copy is for a manifest that declares several");
        Priority.LowerForThisProcess();
        using var source = await session.OpenRepositoryAsync(cancellationToken);
        using var target = await _to.OpenAsync(session, arguments, cancellationToken);
        var progress = new OperationProgress();
        var options = new CopyJobOptions
        {
            Scope = session.Scope(TimeSpan.Zero),
            Request = Request(session, arguments)?.Serialize(),
            Identity = session.Identity,
            LocksSource = !arguments.GetValue(_noLock),
            Notice = session.Screen.Warning,
        };
        var job = new CopyJob(source, target, options, session.Clock, progress);
        var damaged = 0;
        var (plan, result) = arguments.GetValue(_dryRun)
            ? (await session.ShowingAsync(progress, job.PlanAsync(Choose, cancellationToken)), null)
            : await session.ShowingAsync(progress, job.ExecuteAsync(Choose, cancellationToken));
        CopyReport.Print(session, plan, result);
        session.Screen.Json(CopyReport.Document(plan, result), CliJson.Default.CopyDocument);
        return damaged > 0 || result?.Failed.Count > 0 ? ExitCode.DoneInPart : ExitCode.Done;

        IReadOnlyList<StoredSnapshot> Choose(SnapshotListing listing)
        {
            if (arguments.GetValue(_ids) is { Length: > 0 } ids) return [.. ids.Select(id => SnapshotOptions.Named(session, listing, id)).DistinctBy(stored => stored.Id)];
            foreach (var lost in listing.Damaged) session.Screen.Warning(lost.Why);
            damaged = listing.Damaged.Count;
            return Filtered(session, source, arguments, listing);
        }
    }

    /// <summary>Null where the other passphrase comes from a program: the words that start it may hold a secret.</summary>
    private CopyRequest? Request(Session session, ParseResult arguments) => _to.HasPassphraseCommand(arguments) ? null : session.Asked(_filter.Asked(
        arguments,
        new CopyRequest(arguments.GetValue(_ids) ?? [], _to.Address(session, arguments))
        {
            Folder = session.CurrentDirectory,
            PassphraseFile = _to.PassphraseFile(arguments),
            NoLock = arguments.GetValue(_noLock),
        }));

    /// <summary>Every repository of the manifest is given what it has missed.</summary>
    private async Task<int> EverywhereAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_ids) is { Length: > 0 } || arguments.GetValue(_dryRun) || arguments.GetValue(_noLock))
            throw new HoldfastException(FailureKind.Usage, "--to is missing", "only `holdfast copy` alone copies between all repositories of the manifest: name the one to copy to");
        Priority.LowerForThisProcess();
        using var destinations = Destinations.Of(session);
        await destinations.Set.OpenAsync(cancellationToken);
        var progress = new OperationProgress();
        var options = new CopyJobOptions { Scope = session.Scope(TimeSpan.Zero), Identity = session.Identity, Notice = session.Screen.Warning };
        var wanted = MissedSnapshots.SubjectOf(session.Manifest!.Application.Application, session.Identity.HostName);
        var catchUp = new CatchUp(destinations.Set, wanted, options, session.Clock, progress);
        var results = await session.ShowingAsync(progress, catchUp.ExecuteAsync(destinations.Set.All, "copy what repositories have missed", cancellationToken));
        foreach (var result in results) CopyReport.Print(session.Screen, result, destinations.Set);
        if (results.All(result => result is { IsComplete: true, Copied.Count: 0 })) session.Screen.Line("every repository has all");
        session.Screen.Json(new CopyEverywhereDocument([.. results.Select(CopyReport.Document)]), CliJson.Default.CopyEverywhereDocument);
        return results.All(result => result.IsComplete) ? ExitCode.Done : ExitCode.DoneInPart;
    }

    private List<StoredSnapshot> Filtered(Session session, Repository source, ParseResult arguments, SnapshotListing listing)
    {
        var filter = _filter.Filter(session, arguments);
        var proofs = new Lazy<ProofBook>(() => Proofs.Load(session, source));
        return [.. SnapshotOrder.OldestFirst(listing.Readable).Where(stored => filter.Matches(stored, one => proofs.Value.IsProven(one)))];
    }
}
