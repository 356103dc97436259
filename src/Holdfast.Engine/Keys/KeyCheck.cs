using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Keys;

/// <summary>
/// Whether the configured passphrase still opens the repository. Cheap: it reads one key and the config, and takes no lock. A wrong passphrase is
/// otherwise noticed by the next backup, and a lost one on the day when everything else is lost too.
/// </summary>
public static class KeyCheck
{
    /// <summary>Opens the repository and remembers that it worked.</summary>
    /// <param name="open">Opens it with the passphrase as it is configured.</param>
    /// <param name="location">See <see cref="Repositories.RepositoryAddress.Place"/>.</param>
    /// <param name="stateFolder">Where it is remembered.</param>
    /// <param name="clock">The time of it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HoldfastException">As opening fails; the message says when it worked last. Or the local state cannot be written.</exception>
    public static async Task<KeyCheckRecord> RunAsync(
        Func<CancellationToken, Task<Repository>> open, string location, FilePath stateFolder, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            using var repository = await open(cancellationToken).ConfigureAwait(false);
            var record = new KeyCheckRecord(repository.Config.Id, repository.Keys.InUse, clock.GetLocalNow());
            using var state = LocalState.Open(stateFolder);
            new KeyCheckStore(state).Record(location, record);
            return record;
        }
        catch (HoldfastException error) when (error.Kind is FailureKind.WrongKey or FailureKind.NoRepository or FailureKind.Damaged && LastWorked(stateFolder, location) is { } last)
        {
            throw new HoldfastException(error.Kind, $"{error.Message}; it was last opened on {HumanFormat.Time(last.At, clock.LocalTimeZone)}, with key {last.Key.Short}", error.Hint, error);
        }
    }

    /// <summary>When it worked last at a place; null when that is not known.</summary>
    public static KeyCheckRecord? LastWorked(FilePath stateFolder, string location)
    {
        if (!LocalState.Exists(stateFolder)) return null;
        try
        {
            using var state = LocalState.Open(stateFolder);
            return new KeyCheckStore(state).Load(location);
        }
        catch (HoldfastException)
        {
            // It is an addition to what is told of the repository, which must not be lost for it; who writes the state is told.
            return null;
        }
    }
}
