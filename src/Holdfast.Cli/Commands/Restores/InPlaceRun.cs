using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Restores;

/// <summary>Whether a person has agreed, or is to be asked.</summary>
/// <param name="DryRun">Only the plan is wanted.</param>
/// <param name="Confirmed">Agreed already: --yes.</param>
/// <param name="Interactive">Ask also where the answer comes from a pipe.</param>
internal sealed record ConsentOptions(bool DryRun, bool Confirmed, bool Interactive);

/// <summary>A restore in place as a person sees it: the plan, the question, the steps, what it came to.</summary>
internal sealed class InPlaceRun(Session session, Repository repository, StoredSnapshot snapshot, TimeSpan wait, FilePath? root = null)
{
    private readonly OperationProgress _progress = new();

    /// <summary>Which restore a rollback takes back, in words; null for a restore.</summary>
    internal string? TakesBack { get; init; }

    /// <returns>The exit code.</returns>
    internal async Task<int> RunAsync(RestoreRequest request, IReadOnlyList<string> only, ConsentOptions consent, CancellationToken cancellationToken)
    {
        var job = Job();
        var plan = await session.ShowingAsync(_progress, job.PlanAsync(request, only, cancellationToken));
        if (TakesBack is { } back && (consent.DryRun || !consent.Confirmed)) session.Screen.Line($"undo     {back}");
        if (consent.DryRun) return InPlacePlanReport.Print(session, repository, plan);
        // Nobody is asked whether to do what cannot be done.
        if (plan.Unsaved is { } refusal) throw refusal;
        if (!consent.Confirmed)
        {
            // A document has no room for a plan and a question.
            if (session.Screen.IsJson || (!consent.Interactive && !Prompt.IsPossible)) throw NobodyToAsk();
            InPlacePlanReport.Show(session, repository, plan);
            if (!new Prompt(session.Screen, Console.In).Confirm(InPlacePlanReport.Question(plan, TakesBack, session.Clock.LocalTimeZone))) return session.Declined();
        }

        var (operation, result) = await session.ShowingAsync(_progress, ExecuteAsync(job, plan, cancellationToken));
        if (root is not null && RestoredManifest.Doubt(root, plan.Restore.Record) is { } doubt) session.Screen.Warning(doubt);
        if (session.Manifest is { } before && RestoredManifest.Change(before) is { } change) session.Screen.Warning(change);
        var code = Tell(operation, result, isRollback: request.RollsBack is not null);
        if (session.IsScratch) session.Screen.Line("next: this host has no key and no repository of the application yet; `holdfast init` in its folder makes both and takes the first backup");
        return code;
    }

    /// <summary>From the stop of the application on, a failure says itself what has become of it.</summary>
    private static async Task<(long Operation, ApplicationRestoreResult Result)> ExecuteAsync(RestoreJob job, ApplicationRestorePlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return await job.ExecuteAsync(plan, cancellationToken);
        }
        catch (OperationCanceledException error) when (cancellationToken.IsCancellationRequested)
        {
            throw new HoldfastException(FailureKind.Interrupted, "interrupted before anything was changed: the application is as it was", null, error);
        }
    }

    /// <summary>Goes on with an interrupted one.</summary>
    internal async Task<int> ResumeAsync(Operation operation, CancellationToken cancellationToken)
    {
        var result = await session.ShowingAsync(_progress, Job().ResumeAsync(operation.Number, cancellationToken));
        return Tell(operation.Number, result, isRollback: operation.Kind == OperationKind.Rollback);
    }

    private int Tell(long operation, ApplicationRestoreResult result, bool isRollback)
    {
        InPlaceResultReport.Print(session, operation, snapshot, result, isRollback);
        Proofs.Withdraw(session, repository, snapshot, result.FoundDamage);
        return result.IsPartial ? ExitCode.DoneInPart : ExitCode.Done;
    }

    private RestoreJob Job() => new(repository, session.RestoreSurroundings(wait) with { Root = root, SavesNowhere = session.IsScratch }, snapshot, session.Clock, _progress) { Waiting = session.Screen.Notice };

    private static HoldfastException NobodyToAsk() => new(
        FailureKind.Usage,
        "a restore in place replaces what is there, and there is nobody to ask",
        "see what it would do with --dry-run, then give --yes; or restore with --target to another folder");
}
