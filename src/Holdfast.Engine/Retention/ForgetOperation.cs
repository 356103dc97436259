using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Retention;

/// <summary>A removal of snapshots as an operation: it is in the journal, and nothing changes the application meanwhile.</summary>
public static class ForgetOperation
{
    /// <param name="scope">Of which application.</param>
    /// <param name="title">One line for people.</param>
    /// <param name="run">What is done.</param>
    /// <param name="shown">The plan that a person has agreed to; null for whatever is planned now.</param>
    /// <param name="progress">Shows the steps.</param>
    /// <param name="clock">For the times.</param>
    /// <param name="cancellationToken">Ends it between two snapshots.</param>
    /// <exception cref="HoldfastException">
    /// Locked: something works on the application or the repository. Failed: an interrupted operation may still need a snapshot. What the run throws.
    /// </exception>
    public static Task<ForgetResult> ExecuteAsync(
        OperationScope scope, string title, ForgetRun run, ForgetPlan? shown, OperationProgress progress, TimeProvider clock, CancellationToken cancellationToken) =>
        scope.RunAsync(
            new OperationOrder(OperationKind.Forget, title, Json: null),
            locksApplication: true,
            (context, token) => context.Unsettled is { } unsettled ? throw Needed(unsettled) : run.ExecuteAsync(shown, token),
            Outcome,
            progress,
            clock,
            cancellationToken);

    private static OperationOutcome Outcome(ForgetResult result) => new(result.IsPartial ? OperationState.DoneInPart : OperationState.Done)
    {
        Json = JsonSerializer.Serialize(
            new ForgetJournalEntry([.. result.Removed.Select(stored => stored.Id.ToString())], result.Left.Count), ForgetJson.Default.ForgetJournalEntry),
        Error = result.Failure?.Message,
        Hint = result.Failure?.Hint,
    };

    private static HoldfastException Needed(Operation unsettled) => new(
        FailureKind.Failed,
        $"operation {unsettled.Number} ({unsettled.Title}) was interrupted, and may still need a snapshot: nothing was removed",
        $"`holdfast operations show {unsettled.Number}` says how to settle it");
}

/// <summary>What the journal keeps.</summary>
internal sealed record ForgetJournalEntry(IReadOnlyList<string> Removed, int Left);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ForgetJournalEntry))]
internal sealed partial class ForgetJson : JsonSerializerContext;
