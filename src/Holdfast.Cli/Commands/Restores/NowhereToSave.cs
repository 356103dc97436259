using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Restores;

/// <summary>
/// A restore in place of an archive where no repository is named: what it would replace could not be saved, so it may only make what is not there yet.
/// </summary>
internal static class NowhereToSave
{
    /// <returns>The request as it can be carried out; in a dry run after a warning that the real one would be refused.</returns>
    /// <exception cref="HoldfastException">Usage: it would replace something. Otherwise as <see cref="RestoreJob.PlanAsync"/>.</exception>
    internal static async Task<RestoreRequest> CheckAsync(
        Session session, RestoreJob job, OperationProgress progress, RestoreRequest request, IReadOnlyList<string> only, bool isDryRun, CancellationToken cancellationToken)
    {
        var plan = await session.ShowingAsync(progress, job.PlanAsync(request, only, cancellationToken));
        if (Refusal([.. plan.Restore.Replaced], isMapped: plan.Request.Root is not null) is not { } refusal) return request;
        if (!isDryRun) throw refusal;
        session.Screen.Warning($"{refusal.Message}: it would be refused. {refusal.Hint}");
        return request with { Safety = false };
    }

    private static HoldfastException? Refusal(IReadOnlyList<RestoreItem> replaced, bool isMapped)
    {
        if (replaced.Count == 0) return null;
        var more = replaced.Count > 1 ? $" and {replaced.Count - 1} more" : string.Empty;
        var elsewhere = isMapped ? string.Empty : "if the application is to be elsewhere on this host, say where with --root DIR; otherwise ";
        return new HoldfastException(
            FailureKind.Usage,
            $"it would replace \"{replaced[0].Destination.Display}\"{more}, and there is no repository to save that into",
            $"{elsewhere}name one with --repository, or restore with --target to another folder; --no-safety gives up what is there");
    }
}
