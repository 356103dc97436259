using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Restores;

/// <summary><c>holdfast restore [ID] [PATH…]</c>: brings a snapshot back, in place with all that belongs to it, or to another folder.</summary>
internal sealed class RestoreCommand : ISessionCommand
{
    private const int DoneInPart = 3;

    private readonly Argument<string[]> _words = PathArgument.Create(
        "The beginning of a snapshot's ID, or `latest`, which is the default; then what to restore of it, by default everything.", "ID|PATH");

    private readonly SnapshotOptions _snapshot = new();

    private readonly Option<string?> _target = new("--target", "-t")
    {
        Description = "Restore below this folder, which must hold none of it yet; without it, in place of what is there.",
        HelpName = "DIR",
    };

    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Only a part: `databases`, the name of a database or of a group of files, or a path below the root; may be repeated.",
        HelpName = "PART",
    };

    private readonly Option<bool> _interactive = new("--interactive", "-i") { Description = "Choose from the list, see the plan, be asked." };

    private readonly Option<bool> _dryRun = new("--dry-run", "-n")
    {
        Description = "Only say what would be done: what is stopped, saved, replaced, created and removed, the room it needs, what is in the way.",
    };

    private readonly Option<bool> _noLock = new("--no-lock")
    {
        Description = "With --target: take no lock, for a repository that cannot be written to. Nothing may prune it meanwhile.",
    };

    private readonly InPlaceOptions _inPlace = new();

    public Command Describe()
    {
        var command = new Command("restore", "Bring a snapshot back, in place or to another folder.");
        command.Arguments.Add(_words);
        _snapshot.AddTo(command);
        command.Options.Add(_only);
        command.Options.Add(_target);
        command.Options.Add(_interactive);
        command.Options.Add(_dryRun);
        _inPlace.AddTo(command);
        command.Options.Add(_noLock);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var target = arguments.GetValue(_target);
        if (target is { Length: 0 }) throw new HoldfastException(FailureKind.Usage, "--target names no folder");
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var (id, paths) = SnapshotOptions.Split(arguments.GetValue(_words) ?? []);
        if (await ChooseAsync(session, repository, arguments, id, cancellationToken) is not { } stored) return session.Declined();
        IReadOnlyList<FilePath> include = [.. paths.Select(path => FilePath.Absolute(path, session.CurrentDirectory))];
        return target is null
            ? await InPlaceAsync(session, repository, stored, include, arguments, cancellationToken)
            : await ToTargetAsync(session, repository, stored, include, FilePath.Absolute(target, session.CurrentDirectory), arguments, cancellationToken);
    }

    private async Task<StoredSnapshot?> ChooseAsync(
        Session session, Repository repository, ParseResult arguments, string? id, CancellationToken cancellationToken)
    {
        if (id is not null || !arguments.GetValue(_interactive)) return await _snapshot.ChooseAsync(session, repository, arguments, id, cancellationToken);
        return await SnapshotPicker.PickAsync(session, repository, _snapshot, arguments, cancellationToken);
    }

    private async Task<int> InPlaceAsync(
        Session session, Repository repository, StoredSnapshot stored, IReadOnlyList<FilePath> include, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_noLock))
            throw new HoldfastException(FailureKind.Usage, "--no-lock is for a restore with --target: in place the present state is saved into the repository first");
        var request = _inPlace.Apply(arguments, new RestoreRequest
        {
            Snapshot = stored.Id.ToString(),
            Repository = RepositoryLocation.Of(session.RepositoryPath()),
            Include = include,
        });
        var run = new InPlaceRun(session, repository, stored, _inPlace.Wait(arguments));
        return await run.RunAsync(
            request,
            arguments.GetValue(_only) ?? [],
            new ConsentOptions(arguments.GetValue(_dryRun), _inPlace.IsConfirmed(arguments), arguments.GetValue(_interactive)),
            cancellationToken);
    }

    private async Task<int> ToTargetAsync(
        Session session,
        Repository repository,
        StoredSnapshot stored,
        IReadOnlyList<FilePath> include,
        FilePath target,
        ParseResult arguments,
        CancellationToken cancellationToken)
    {
        _inPlace.RefuseWithTarget(arguments);
        var progress = new OperationProgress();
        var options = new RestoreOptions
        {
            Snapshot = stored,
            Include = include,
            Target = target,
            Forbidden = [session.RepositoryPath()],
            Identity = session.Identity,
            Lock = !arguments.GetValue(_noLock),
        };
        if (arguments.GetValue(_only) is { Length: > 0 } only)
            options = await RestoreJob.WithPartsAsync(repository, options, only, session.Manifest?.Application, session.Clock, cancellationToken);
        var run = new RestoreRun(repository, options, session.Clock, progress);
        if (arguments.GetValue(_dryRun))
        {
            var plan = await session.ShowingAsync(progress, run.PlanAsync(cancellationToken));
            return RestorePlanReport.Print(session.Screen, stored.Id, plan);
        }

        var result = await session.ShowingAsync(progress, run.ExecuteAsync(cancellationToken));
        TargetRestoreReport.Print(session.Screen, options, result);
        return result.IsPartial ? DoneInPart : 0;
    }
}
