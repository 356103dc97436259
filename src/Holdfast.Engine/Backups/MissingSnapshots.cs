using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>A repository that has content and no snapshot: nothing was ever finished in it, or its snapshots are out of sight.</summary>
internal static class MissingSnapshots
{
    /// <summary>The first snapshot would make the folder anew, and the next prune would take the others for forgotten.</summary>
    /// <exception cref="HoldfastException">Damaged: the folder of the snapshots is not there.</exception>
    internal static async Task RefuseAsync(Repository repository, CancellationToken cancellationToken)
    {
        var disorder = await repository.Backend.SurveyAsync(cancellationToken).ConfigureAwait(false);
        if (!disorder.MissingFolders.Contains("snapshots", StringComparer.Ordinal)) return;
        throw new HoldfastException(
            FailureKind.Damaged,
            "the repository holds content and has no folder snapshots: its snapshots are lost or out of sight",
            "bring the folder back from where it went; where it is lost, or there never was one, make an empty one in its place");
    }
}
