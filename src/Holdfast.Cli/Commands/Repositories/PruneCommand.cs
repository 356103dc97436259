using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Retention;
using Holdfast.Restic.Pruning;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast prune</c>: frees the room of what no snapshot needs.</summary>
internal sealed class PruneCommand : ISessionCommand
{
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be done, and do nothing." };

    private readonly RepackOptions _repack = new();

    private readonly Option<bool> _onlyTrees = new("--repack-cacheable-only") { Description = "Copy only packs of folders." };

    private readonly Option<bool> _joinSmall = new("--repack-small") { Description = "Join also packs that are only somewhat smaller than usual." };

    private readonly Option<bool> _compress = new("--repack-uncompressed") { Description = "Compress what was stored uncompressed." };

    private readonly Option<bool> _noSnapshots = new("--no-snapshots") { Description = "The repository has no snapshot, and all of it is to go." };

    private readonly Option<bool> _removeProven = new("--remove-proven") { Description = "Remove also what was proven last here, when no snapshot has it any more." };

    private readonly AllRepositoriesOption _all = new();

    private readonly WaitOption _wait = new("How long to wait for a lock on the repository.");

    public Command Describe()
    {
        var command = new Command("prune", "Free the room of what no snapshot needs any more.");
        command.Options.Add(_dryRun);
        command.Options.Add(_repack.MaximumUnused);
        command.Options.Add(_repack.MaximumRepack);
        command.Options.Add(_onlyTrees);
        command.Options.Add(_joinSmall);
        command.Options.Add(_compress);
        command.Options.Add(_noSnapshots);
        command.Options.Add(_removeProven);
        command.Options.Add(_wait.Option);
        command.Options.Add(_all.Option);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken) =>
        _all.RunAsync(session, arguments, at => RunOneAsync(at, arguments, cancellationToken));

    private async Task<int> RunOneAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        var (prune, wait) = (Options(arguments), _wait.Value(arguments));
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var progress = new OperationProgress();
        var options = new PruneJobOptions
        {
            Prune = prune,
            Scope = session.Scope(TimeSpan.Zero),
            Request = session.Asked(Request(session, arguments)).Serialize(),
            Identity = session.Identity,
            Folder = session.Address().Folder,
            Notice = session.Screen.Warning,
            Proofs = session.KnownProofs(repository),
            RemovesProven = arguments.GetValue(_removeProven),
            Wait = wait,
        };
        var job = new PruneJob(repository, options, session.Clock, progress);
        if (arguments.GetValue(_dryRun))
        {
            var planned = await session.ShowingAsync(progress, job.PlanAsync(cancellationToken));
            PruneReport.Print(session.Screen, planned);
            session.Screen.Json(PruneReport.Document(planned, null), CliJson.Default.PruneDocument);
            return ExitCode.Done;
        }

        var (plan, result) = await session.ShowingAsync(progress, job.ExecuteAsync(cancellationToken));
        PruneReport.Print(session.Screen, plan, result);
        session.Screen.Json(PruneReport.Document(plan, result), CliJson.Default.PruneDocument);
        return result.Problems.Count > 0 ? 3 : 0;
    }

    private PruneRequest Request(Session session, ParseResult arguments) => new(arguments.GetValue(_repack.MaximumUnused), arguments.GetValue(_repack.MaximumRepack))
    {
        Folder = session.CurrentDirectory,
        OnlyTrees = arguments.GetValue(_onlyTrees),
        JoinSmall = arguments.GetValue(_joinSmall),
        Compress = arguments.GetValue(_compress),
        NoSnapshots = arguments.GetValue(_noSnapshots),
        RemovesProven = arguments.GetValue(_removeProven),
    };

    private PruneOptions Options(ParseResult arguments) => _repack.Read(arguments) with
    {
        OnlyTrees = arguments.GetValue(_onlyTrees),
        JoinSmall = arguments.GetValue(_joinSmall),
        CompressData = arguments.GetValue(_compress),
        AcceptsNoSnapshots = arguments.GetValue(_noSnapshots),
    };
}
