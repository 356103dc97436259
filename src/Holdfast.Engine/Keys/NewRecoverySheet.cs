using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Keys;

/// <summary>The recovery sheet of a new passphrase.</summary>
/// <param name="Path">Where it is written; what is there is replaced.</param>
/// <param name="Options">What stands on it.</param>
public sealed record NewRecoverySheet(FilePath Path, RecoverySheetOptions Options)
{
    /// <summary>
    /// The sheet that lies beside the key file of the old passphrase, as `init` makes it: it is void after a change, and nobody may print it
    /// then. Null when there is none.
    /// </summary>
    public static FilePath? PlaceBeside(PassphraseSource? old) =>
        old is PassphraseSource.SecretFile(var key) && FilePath.From(key).WithSuffix(RecoverySheet.FileSuffix) is var sheet && FileSystem.Exists(sheet) ? sheet : null;

    /// <param name="path">Where it is written.</param>
    /// <param name="repository">The repository as a person finds it.</param>
    /// <param name="application">What is saved in it; null when that is not known.</param>
    /// <param name="host">This machine.</param>
    /// <param name="clock">For the date.</param>
    public static NewRecoverySheet Of(FilePath path, string repository, ApplicationManifest? application, string host, TimeProvider clock) => new(
        path,
        new RecoverySheetOptions(application?.Application ?? "A REPOSITORY", repository, host, clock.GetLocalNow())
        {
            Folder = application?.Root,
            Databases = [.. (application?.Databases ?? []).Select(database => database.Path)],
        });
}
