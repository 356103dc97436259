using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// A restore in place of an archive where no repository is named: what it would replace or remove could not be saved, so it may only make what is
/// not there yet.
/// </summary>
internal static class NowhereToSave
{
    /// <returns>Usage: it would replace something; null when it may be done.</returns>
    internal static HoldfastException? Refusal(RestoreSurroundings surroundings, RestoreRequest request, RestorePlan plan)
    {
        if (!surroundings.SavesNowhere || !request.Safety) return null;
        var lost = plan.Replaced.Select(item => item.Destination).Concat(plan.Removed).Concat(plan.RemovedFolders).ToList();
        if (lost.Count == 0) return null;
        var more = lost.Count > 1 ? $" and {lost.Count - 1} more" : string.Empty;
        var elsewhere = surroundings.Root is not null ? string.Empty : "if the application is to be elsewhere on this host, say where with --root DIR; otherwise ";
        return new HoldfastException(
            FailureKind.Usage,
            $"it would {(plan.Replaced.Any() ? "replace" : "remove")} \"{lost[0].Display}\"{more}, and there is no repository to save that into",
            $"{elsewhere}name one with --repository, or restore with --target to another folder; --no-safety gives up what is there");
    }
}
