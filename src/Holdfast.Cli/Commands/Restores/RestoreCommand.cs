using System.CommandLine;
using Holdfast.Cli.Commands.Archives;
using Holdfast.Cli.Commands.Databases;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.Restores.Targets;
using Holdfast.Engine.Secrets;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Restores;

/// <summary><c>holdfast restore [ID] [PATH…]</c>: brings a snapshot back, in place with all that belongs to it, or to another folder.</summary>
internal sealed class RestoreCommand : ISessionCommand
{
    private readonly Argument<string[]> _words = PathArgument.Create(
        "The beginning of a snapshot's ID, or `latest`, which is the default; then what to restore of it, by default everything.", "ID|PATH");

    private readonly SnapshotOptions _snapshot = new() { RefusesDoubtful = true };

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

    private readonly Option<string?> _input = new("--input")
    {
        Description = "Restore this archive instead of a snapshot; in place it becomes a snapshot of the repository first.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _root = new("--root")
    {
        Description = "Where the application is on this host, when that is elsewhere than when it was saved and no manifest says so.",
        HelpName = "DIR",
    };

    private readonly ImportOptions _import = new();

    private readonly InPlaceOptions _inPlace = new();

    public bool WorksWithBrokenManifest => true;

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
        command.Options.Add(_input);
        command.Options.Add(_root);
        _import.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_target) is { Length: 0 }) throw new HoldfastException(FailureKind.Usage, "--target names no folder");
        var (id, paths) = SnapshotOptions.Split(arguments.GetValue(_words) ?? []);
        if (Dump(session, arguments, id, paths) is { } dump) return await new DbRestoreCommand().RunAsync(session, dump, cancellationToken);
        if (Archive(session, arguments, id, paths) is { } archive) return await FromArchiveAsync(session, archive, arguments, cancellationToken);
        if ((id is null or SnapshotSelection.Latest) && arguments.GetValue(_target) is null) TellOpen(session, arguments);
        using var found = await ChooseAsync(session, arguments, id, cancellationToken);
        if (found is not var (at, repository, _, stored)) return session.Declined();
        return await RestoreAsync(at, repository, stored, [.. paths.Select(path => FilePath.Absolute(path, session.CurrentDirectory))], arguments, cancellationToken);
    }

    /// <summary>What <c>db restore</c> is asked for by --input with a dump of a PostgreSQL database of the application; null for anything else.</summary>
    private ParseResult? Dump(Session session, ParseResult arguments, string? id, IReadOnlyList<string> paths)
    {
        var database = _import.Database(arguments);
        if (arguments.GetValue(_input) is not { } input || DumpFileName.Meant(session, input, database) is null) return null;
        if (id is not null || paths.Count > 0 || arguments.GetValue(_target) is not null || (arguments.GetValue(_only) ?? []).Length > 0)
            throw new HoldfastException(FailureKind.Usage, "a dump is restored into its server, alone and whole", "`holdfast db restore --input FILE` has more options");
        IReadOnlyList<string> words =
        [
            .. database is null ? [] : new[] { database },
            "--input",
            input,
            .. arguments.GetValue(_dryRun) ? ["--dry-run"] : Array.Empty<string>(),
            .. _inPlace.OfDatabase(arguments),
        ];
        return new DbRestoreCommand().Describe().Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
    }

    /// <summary>An interrupted restore of the application comes first. With an ID, which may be of another one, it is told with the plan.</summary>
    private void TellOpen(Session session, ParseResult arguments)
    {
        var surroundings = session.RestoreSurroundings(TimeSpan.Zero) with { Root = Root(session, arguments) };
        if (OpenRestore.Of(surroundings, session.Clock, _inPlace.GoesOver(arguments)) is not { } open) return;
        if (!arguments.GetValue(_dryRun)) throw open;
        session.Screen.Warning($"{open.Message}: it would be refused. {open.Hint}");
    }

    private Task<int> RestoreAsync(
        Session session, Repository repository, StoredSnapshot stored, IReadOnlyList<FilePath> include, ParseResult arguments, CancellationToken cancellationToken) =>
        arguments.GetValue(_target) is { } target
            ? ToTargetAsync(session, repository, stored, include, FilePath.Absolute(target, session.CurrentDirectory), arguments, cancellationToken)
            : InPlaceAsync(session, repository, stored, include, arguments, cancellationToken);

    /// <summary>The archive that is meant: by --input, or by the name of one in a folder of the manifest. Null for a snapshot.</summary>
    private (FilePath File, PassphraseSource? Passphrase)? Archive(Session session, ParseResult arguments, string? id, IReadOnlyList<string> paths)
    {
        if (arguments.GetValue(_input) is not { } input)
            return id is null && paths is [var name] && !name.Contains('/', StringComparison.Ordinal) ? ArchivePlaces.FindByName(session, name) : null;
        if (id is not null) throw new HoldfastException(FailureKind.Usage, "--input names what is restored, so there is no snapshot to name", "leave out one of them");
        if (paths.Count > 0) throw new HoldfastException(FailureKind.Usage, "with --input, parts are named with --only");
        return ArchivePlaces.Find(session, input)
            ?? throw new HoldfastException(FailureKind.NotFound, $"there is no archive {Quoted.Text(input)}", "name a file; `holdfast archives` lists those in the folders of the manifest");
    }

    private async Task<int> FromArchiveAsync(
        Session session, (FilePath File, PassphraseSource? Passphrase) archive, ParseResult arguments, CancellationToken cancellationToken)
    {
        var isOfRepository = arguments.GetValue(_target) is null && session.NamesRepository;
        if (isOfRepository) await RequireRepositoryAsync(session, cancellationToken);
        if (isOfRepository && !arguments.GetValue(_dryRun))
        {
            using var repository = await session.OpenRepositoryAsync(cancellationToken);
            return await ImportedAsync(session, repository);
        }

        // To another folder, on a host that knows nothing of the application yet, or only to see: nothing is to remain in a repository.
        var need = (long)FileSystem.Status(archive.File, followLinks: true).Size;
        await using var scratch = await ScratchRepository.CreateAsync(ArchivePlaces.Scratch(session), need, session.Identity, session.Clock, cancellationToken);
        return await ImportedAsync(isOfRepository ? session.TryingIn(scratch.Path) : session.With(scratch.Path), scratch.Repository);

        async Task<int> ImportedAsync(Session of, Repository repository)
        {
            var (stored, import) = await _import.ExecuteAsync(of, repository, archive.File, archive.Passphrase, Root(of, arguments), arguments, cancellationToken);
            foreach (var notice in import.Notices) session.Screen.Notice(notice);
            foreach (var problem in import.Problems) session.Screen.Warning($"when the archive was made: {problem}");
            return await RestoreAsync(of, repository, stored, [], arguments, cancellationToken);
        }
    }

    /// <summary>Told before a passphrase is asked for, which nobody may have on a new host.</summary>
    private static async Task RequireRepositoryAsync(Session session, CancellationToken cancellationToken)
    {
        var storage = await session.OpenStorageAsync(session.Address(), cancellationToken);
        if (await storage.Backend.StatAsync(FileHandle.Config, cancellationToken) is not null) return;
        throw new HoldfastException(
            FailureKind.NoRepository,
            $"there is no repository at {session.Address().Display}, into which the archive and the present state would be saved",
            "is its disk mounted? On a new host `holdfast init --no-backup` makes one; or restore with --target to another folder, which needs none");
    }

    private FilePath? Root(Session session, ParseResult arguments)
    {
        if (arguments.GetValue(_root) is not { } root) return null;
        if (arguments.GetValue(_target) is not null) throw new HoldfastException(FailureKind.Usage, "--root is for a restore in place, not for one with --target");
        return session.Manifest is null
            ? FilePath.Absolute(root, session.CurrentDirectory)
            : throw new HoldfastException(FailureKind.Usage, "the manifest says where the application is on this host", "leave out --root, or change `root` in the manifest");
    }

    /// <returns>Null when a person wants none.</returns>
    private async Task<FoundSnapshot?> ChooseAsync(Session session, ParseResult arguments, string? id, CancellationToken cancellationToken) =>
        id is not null || !arguments.GetValue(_interactive)
            ? await _snapshot.FindAsync(session, arguments, id, cancellationToken)
            : await SnapshotPicker.PickAsync(session, _snapshot, arguments, cancellationToken);

    private async Task<int> InPlaceAsync(
        Session session, Repository repository, StoredSnapshot stored, IReadOnlyList<FilePath> include, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_noLock))
            throw new HoldfastException(FailureKind.Usage, "--no-lock is for a restore with --target: in place the present state is saved into the repository first");
        var request = _inPlace.Apply(arguments, new RestoreRequest
        {
            Snapshot = stored.Id.ToString(),
            Repository = session.Address(),
            Include = include,
        });
        return await new InPlaceRun(session, repository, stored, _inPlace.Wait(arguments), Root(session, arguments)).RunAsync(
            request,
            arguments.GetValue(_only) ?? [],
            new ConsentOptions(arguments.GetValue(_dryRun), _inPlace.IsConfirmed(arguments), arguments.GetValue(_interactive)),
            cancellationToken);
    }

    // Nobody asks again for a repository that goes away with the command.
    private static OperationScope Scope(Session session) =>
        session.Scope(TimeSpan.Zero) is var scope && session is { IsPassing: true, Manifest: null } ? scope with { Application = ApplicationKey.None } : scope;

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
            Only = arguments.GetValue(_only) ?? [],
            Manifest = session.Manifest?.Application,
            Forbidden = session.RepositoryFolders,
            Identity = session.Identity,
            Lock = !arguments.GetValue(_noLock),
        };
        var run = new RestoreRun(repository, options, session.Clock, progress);
        if (arguments.GetValue(_dryRun))
        {
            var plan = await session.ShowingAsync(progress, run.PlanAsync(cancellationToken));
            return RestorePlanReport.Print(session.Screen, stored.Id, plan);
        }

        // Where some files are there already it would be refused, so nobody can run it again as it was.
        var order = new OperationOrder(OperationKind.RestoreToTarget, $"restore snapshot {stored.Id.Short} below {target.Display}", Json: null);
        var result = await session.ShowingAsync(
            progress,
            Scope(session).RunInAnyCaseAsync(
                order,
                run.ExecuteAsync,
                restored => new OperationOutcome(restored.IsPartial ? OperationState.DoneInPart : OperationState.Done),
                progress,
                session.Clock,
                cancellationToken));
        TargetRestoreReport.Print(session.Screen, options, result);
        Proofs.Withdraw(session, repository, stored, result.FoundDamage);
        return result.IsPartial ? ExitCode.DoneInPart : ExitCode.Done;
    }
}
