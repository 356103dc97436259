using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
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

    public Command Describe()
    {
        var command = new Command("check", "Check the repository and name what any damage costs.");
        command.Options.Add(_readData);
        command.Options.Add(_subset);
        command.Options.Add(_within);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var share = Share(arguments);
        var within = Within(arguments);
        if ((arguments.GetValue(_readData) ? 1 : 0) + (share is null ? 0 : 1) + (within is null ? 0 : 1) > 1)
            throw new HoldfastException(FailureKind.Usage, "--read-data, --read-data-subset and --read-data-within exclude each other", "give one of them");
        Priority.LowerForThisProcess();
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var progress = new OperationProgress();
        var options = new CheckOptions
        {
            ReadData = arguments.GetValue(_readData) || share is not null || within is not null,
            Choose = share is null ? null : share.Of,
            StepBegins = progress.Begin,
            BytesRead = progress.AddBytes,
        };
        var locked = new LockedWork(repository, exclusive: true, session.Identity, session.Clock, session.Screen.Warning);
        var (result, coverage) = await session.ShowingAsync(
            progress, locked.RunAsync(token => CheckAsync(session, repository, options, within, token), cancellationToken));

        var withdrawn = await WithdrawAsync(session, repository, result, cancellationToken);
        foreach (var snapshot in withdrawn) session.Screen.Warning($"snapshot {snapshot.Short} was proven; it is not any more");
        Report(session, result, options.ReadData, isAll: arguments.GetValue(_readData));
        if (coverage is not null) Report(session.Screen, coverage);
        session.Screen.Json(Document(result, coverage), CliJson.Default.CheckDocument);
        return result.HasErrors ? 1 : 0;
    }

    private PackShare? Share(ParseResult arguments) => arguments.GetValue(_subset) is not { } text
        ? null
        : PackShare.TryParse(text) ?? throw new HoldfastException(
            FailureKind.Usage, $"--read-data-subset {Quoted.Text(text)} is no share", "write 2/7, 10% or 5G");

    private TimeSpan? Within(ParseResult arguments) => arguments.GetValue(_within) is not { } text
        ? null
        : VerificationPeriod.TryParse(text) ?? throw new HoldfastException(
            FailureKind.Usage, $"--read-data-within {Quoted.Text(text)} is no time", "write 30d, 12w or 36h");

    /// <summary>What is read is remembered where this machine remembers anything; a rotation cannot do without.</summary>
    private static async Task<(CheckResult Result, ReadCoverage? Coverage)> CheckAsync(
        Session session, Repository repository, CheckOptions options, TimeSpan? within, CancellationToken cancellationToken)
    {
        if (within is null && !(options.ReadData && LocalState.Exists(session.StateFolder)))
            return (await new RepositoryCheck(repository, options).ExecuteAsync(cancellationToken), null);
        using var state = LocalState.Open(session.StateFolder);
        var records = new PackRecords(state, repository.Config.Id, RepositoryLocation.Of(session.RepositoryPath()));
        return await new RotatingCheck(repository, records, within, session.Clock).ExecuteAsync(options, cancellationToken);
    }

    /// <summary>What was proven and is hurt now is not proven any more.</summary>
    private static async Task<IReadOnlyList<Id>> WithdrawAsync(Session session, Repository repository, CheckResult result, CancellationToken cancellationToken)
    {
        if (result.HurtSnapshots.Count == 0 || !LocalState.Exists(session.StateFolder)) return [];
        var snapshots = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        using var state = LocalState.Open(session.StateFolder);
        var store = new ProofStore(state);
        var book = store.Load(repository.Config.Id, RepositoryLocation.Of(session.RepositoryPath()));
        return ProofWithdrawal.Withdraw(store, book, snapshots.Readable, result, Session.Program, session.Clock.GetLocalNow());
    }

    private static void Report(Session session, CheckResult result, bool readData, bool isAll)
    {
        foreach (var finding in result.Findings)
        {
            session.Screen.Marked(finding.Severity == CheckSeverity.Error ? Mark.Bad : Mark.Note, $"{finding.Subject}: {finding.Message}");
            foreach (var harm in finding.Hurts) session.Screen.Line($"        hurts {Describe(session, harm)}");
            if (finding.MoreSnapshots > 0) session.Screen.Line($"        and {HumanFormat.Count(finding.MoreSnapshots, "more snapshot", "more snapshots")}");
        }

        session.Screen.Line(
            $"looked at {HumanFormat.Count(result.Snapshots, "snapshot", "snapshots")}, {HumanFormat.Count(result.Trees, "folder", "folders")}, "
            + $"{HumanFormat.Count(result.Packs, "pack", "packs")}, {HumanFormat.Count(result.Blobs, "blob", "blobs")}"
            + (readData ? $"; read {HumanFormat.Size(result.BytesRead)}" : string.Empty));
        session.Screen.Marked(
            result.HasErrors ? Mark.Bad : Mark.Good,
            result.HasErrors ? "the repository is damaged" : isAll ? "every byte is as it was written" : readData ? "what was read is as it was written" : "the structure is sound; --read-data verifies every byte");
    }

    private static void Report(Screen screen, ReadCoverage coverage) => screen.Line(
        $"verified within {coverage.Within.TotalDays.ToString("0.##", CultureInfo.InvariantCulture)} days: {coverage.VerifiedPacks} of {HumanFormat.Count(coverage.Packs, "pack", "packs")}, "
        + $"{HumanFormat.Size(coverage.VerifiedBytes)} of {HumanFormat.Size(coverage.Bytes)}");

    private static string Describe(Session session, Harm harm)
    {
        var time = harm.Time is { } at ? $" of {HumanFormat.Time(at.ToDateTimeOffset(), session.Clock.LocalTimeZone)}" : string.Empty;
        var more = harm.MorePaths > 0 ? $" and {HumanFormat.Count(harm.MorePaths, "more path", "more paths")}" : string.Empty;
        return $"snapshot {harm.Snapshot.Short}{time}: {string.Join(", ", harm.Paths)}{more}";
    }

    private static CheckDocument Document(CheckResult result, ReadCoverage? coverage) => new(
        !result.HasErrors,
        [.. result.Findings.Select(finding => new FindingDocument(
            finding.Severity == CheckSeverity.Error ? "error" : "hint",
            finding.Subject.ToString(),
            finding.Message,
            [.. finding.Hurts.Select(harm => new HarmDocument(harm.Snapshot.ToString(), harm.Time?.ToString(), harm.Paths, harm.MorePaths))],
            finding.MoreSnapshots))],
        result.Snapshots,
        result.Packs,
        result.Trees,
        result.Blobs,
        result.BytesRead,
        coverage is null
            ? null
            : new CoverageDocument(coverage.Within.TotalDays, coverage.Packs, coverage.Bytes, coverage.VerifiedPacks, coverage.VerifiedBytes));
}
