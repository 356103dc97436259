using System.CommandLine;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Engine.Verification;
using Holdfast.Restic;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary><c>holdfast check</c>: whether the repository holds what it promises, and what any damage costs.</summary>
internal sealed class CheckCommand : ISessionCommand
{
    private readonly Option<bool> _readData = new("--read-data") { Description = "Read and verify every byte, not only what holds it together." };

    private readonly AllRepositoriesOption _all = new();

    private readonly WaitOption _wait = new("How long to wait for a lock on the repository.");

    private readonly Option<string?> _subset = new("--read-data-subset")
    {
        Description = "Read only a share of the packs: part 2/7, by chance 10% or 5G.",
        HelpName = "SHARE",
    };

    private readonly Option<string?> _within = new("--read-data-within")
    {
        Description = "Read the packs that are due, so that each is read within such a time: 30d, 12w.",
        HelpName = "TIME",
    };

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("check", "Check the repository and name what any damage costs.");
        command.Options.Add(_readData);
        command.Options.Add(_wait.Option);
        command.Options.Add(_subset);
        command.Options.Add(_within);
        command.Options.Add(_all.Option);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken) =>
        _all.RunAsync(session, arguments, at => RunOneAsync(at, arguments, cancellationToken));

    private async Task<int> RunOneAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var share = Share(arguments);
        var told = Within(arguments);
        if ((arguments.GetValue(_readData) ? 1 : 0) + (share is null ? 0 : 1) + (told is null ? 0 : 1) > 1)
            throw new HoldfastException(FailureKind.Usage, "--read-data, --read-data-subset and --read-data-within exclude each other", "give one of them");
        var within = told ?? (arguments.GetValue(_readData) || share is not null ? null : Declared(session));
        Priority.LowerForThisProcess();
        var wait = _wait.Value(arguments);
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var progress = new OperationProgress();
        var options = new CheckOptions
        {
            ReadData = arguments.GetValue(_readData) || share is not null || within is not null,
            Choose = share is null ? null : share.Of,
            StepBegins = progress.Begin,
            BytesRead = progress.AddBytes,
        };
        var locked = new LockedWork(repository, exclusive: true, session.Identity, session.Clock, session.Screen.Warning) { Wait = wait };
        var asked = session.Asked(new CheckRequest(arguments.GetValue(_readData))
        {
            Folder = session.CurrentDirectory,
            Subset = arguments.GetValue(_subset),
            Within = arguments.GetValue(_within),
        });
        var (result, coverage, proofs) = await session.EnteringAsync(
            new OperationOrder(OperationKind.Check, Title(options, isAll: arguments.GetValue(_readData)), asked.Serialize()),
            async token =>
            {
                var (found, read) = await locked.RunAsync(held => CheckAsync(session, repository, options, within, held), token);
                return (Result: found, Coverage: read, Proofs: await Proofs.Withdrawal(session, repository).AfterCheckAsync(found, arguments.GetValue(_readData), token));
            },
            found => found.Result.HasErrors
                ? new OperationOutcome(OperationState.Failed) { Error = "the repository is damaged" }
                : new OperationOutcome(OperationState.Done),
            progress,
            cancellationToken);
        foreach (var snapshot in proofs.Withdrawn) session.Screen.Warning($"snapshot {snapshot.Short} was proven; it is not any more");
        if (proofs.Withdrawn.Count > 0) session.Screen.Notice("what can be mended and is found whole then by `holdfast check --read-data`, or by a drill, is proven again");
        foreach (var snapshot in proofs.GivenBack) session.Screen.Notice($"snapshot {snapshot.Short} is whole again, and proven as it was");
        CheckReport.Print(session, result, options.ReadData, isAll: arguments.GetValue(_readData));
        if (coverage is not null) CheckReport.Print(session.Screen, coverage);
        session.Screen.Json(CheckReport.Document(result, coverage), CliJson.Default.CheckDocument);
        return result.HasErrors ? ExitCode.Bad : ExitCode.Done;
    }

    private static string Title(CheckOptions options, bool isAll)
    {
        if (!options.ReadData) return "check the repository";
        return isAll ? "check the repository and read all of it" : "check the repository and read a part of it";
    }

    private PackShare? Share(ParseResult arguments) => arguments.GetValue(_subset) is not { } text
        ? null
        : PackShare.TryParse(text) ?? throw new HoldfastException(
            FailureKind.Usage, $"--read-data-subset {Quoted.Text(text)} is no share", "write 2/7, 10% or 5G");

    private TimeSpan? Within(ParseResult arguments) => arguments.GetValue(_within) is not { } text
        ? null
        : VerificationPeriod.TryParse(text) ?? throw new HoldfastException(
            FailureKind.Usage, $"--read-data-within {Quoted.Text(text)} is no time", "write 30d, 12w or 36h");

    /// <summary>What the manifest says, when the repository is one of its own.</summary>
    private static TimeSpan? Declared(Session session) =>
        session is { IsPassing: false, Manifest.Application: { CheckReadWithin: { } text } application } && application.Repositories.Any(known => known.Address == session.Address())
            ? VerificationPeriod.TryParse(text)
            : null;

    /// <summary>What is read is remembered if that can be; a rotation cannot do without.</summary>
    private static async Task<(CheckResult Result, ReadCoverage? Coverage)> CheckAsync(
        Session session, Repository repository, CheckOptions options, TimeSpan? within, CancellationToken cancellationToken)
    {
        if (!options.ReadData || (within is null && !LocalState.Exists(session.StateFolder)))
            return (await new RepositoryCheck(repository, options).ExecuteAsync(cancellationToken), null);
        using var state = within is null ? TryOpenState(session) : LocalState.Open(session.StateFolder);
        if (state is null) return (await new RepositoryCheck(repository, options).ExecuteAsync(cancellationToken), null);
        var records = new PackRecords(state, repository.Config.Id, session.Address().Place);
        return await new RotatingCheck(repository, records, within, session.Clock, session.Screen.Notice).ExecuteAsync(options, cancellationToken);
    }

    private static LocalState? TryOpenState(Session session)
    {
        try
        {
            return LocalState.Open(session.StateFolder);
        }
        catch (HoldfastException error)
        {
            session.Screen.Notice($"which packs are verified cannot be remembered: {error.Message}");
            return null;
        }
    }
}
