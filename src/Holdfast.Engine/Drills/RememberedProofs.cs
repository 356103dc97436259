using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Drills;

/// <summary>What this machine remembers of drills, for those who go on without it.</summary>
public static class RememberedProofs
{
    /// <summary>
    /// The drills remembered on this machine. A state that cannot be read must not hide the snapshots: that is told, and nothing counts as proven.
    /// </summary>
    /// <param name="stateFolder">The folder of the local state, which need not be there.</param>
    /// <param name="repository">The one drilled.</param>
    /// <param name="location">See <see cref="Repositories.RepositoryAddress.Place"/>.</param>
    /// <param name="warn">Told why nothing is known.</param>
    public static ProofBook Load(FilePath stateFolder, Repository repository, string location, Action<string> warn)
    {
        if (!LocalState.Exists(stateFolder)) return ProofBook.Empty;
        try
        {
            using var state = LocalState.Open(stateFolder);
            return new ProofStore(state).Load(repository.Config.Id, location);
        }
        catch (HoldfastException error)
        {
            warn($"it is not known which snapshots are proven: {error.Message}");
            return ProofBook.Empty;
        }
    }
}
