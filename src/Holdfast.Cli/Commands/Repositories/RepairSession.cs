using System.Text.Json.Serialization.Metadata;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Repairs;
using Holdfast.Restic;
using Holdfast.Restic.Repairing;

namespace Holdfast.Cli.Commands.Repositories;

/// <summary>What the verbs of <c>holdfast repair</c> have in common: the plan is printed, then done unless only the plan was asked for.</summary>
internal static class RepairSession
{
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync<TPlan, TResult, TDocument>(
        Session session, bool isDryRun, string title, RepairRequest asked, RepairWords<TPlan, TResult, TDocument> words, CancellationToken cancellationToken)
        where TResult : class
    {
        Priority.LowerForThisProcess();
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var progress = new OperationProgress();
        var options = new RepairOptions { Clock = session.Clock, StepBegins = progress.Begin, BytesDone = progress.AddBytes };
        var job = new RepairJob<TPlan, TResult>(
            repository,
            words.Make(repository, options),
            new RepairJobOptions
            {
                Title = title,
                Scope = session.Scope(TimeSpan.Zero),
                Request = session.Asked(asked).Serialize(),
                Identity = session.Identity,
                Notice = session.Screen.Warning,
            },
            session.Clock,
            progress);
        if (isDryRun)
        {
            var planned = await session.ShowingAsync(progress, job.PlanAsync(cancellationToken));
            words.PrintPlan(planned);
            session.Screen.Json(words.Document(planned, null), words.Json);
            return ExitCode.Done;
        }

        var (plan, result) = await session.ShowingAsync(progress, job.ExecuteAsync(words.PrintPlan, words.IsWhole, cancellationToken));
        words.PrintResult(plan, result);
        session.Screen.Json(words.Document(plan, result), words.Json);
        return words.IsWhole(plan, result) ? ExitCode.Done : ExitCode.DoneInPart;
    }
}

/// <summary>What one verb does and says.</summary>
/// <param name="Make">The repair.</param>
/// <param name="PrintPlan">Before anything is changed.</param>
/// <param name="PrintResult">After it.</param>
/// <param name="IsWhole">Nothing is left that a person has to know of; otherwise exit code 3.</param>
/// <param name="Document">The JSON; without a result of a plan alone.</param>
/// <param name="Json">How it is written.</param>
internal sealed record RepairWords<TPlan, TResult, TDocument>(
    Func<Repository, RepairOptions, IRepair<TPlan, TResult>> Make,
    Action<TPlan> PrintPlan,
    Action<TPlan, TResult> PrintResult,
    Func<TPlan, TResult, bool> IsWhole,
    Func<TPlan, TResult?, TDocument> Document,
    JsonTypeInfo<TDocument> Json)
    where TResult : class;
