using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Backups;

/// <summary>What of Holdfast's own must not end up in a backup: repositories, archives, the local state, and the key that would lock itself in.</summary>
public static class OwnPlaces
{
    /// <param name="repository">The repository in use, which need not be one of the manifest's; null for none.</param>
    /// <param name="stateFolder">Where this machine remembers its drills.</param>
    /// <param name="passphrase">The source in use; null when nobody says.</param>
    /// <param name="application">The manifest; null without one.</param>
    public static IReadOnlyList<FilePath> Of(RepositoryAddress? repository, FilePath stateFolder, PassphraseSource? passphrase, ApplicationManifest? application)
    {
        var places = new List<FilePath> { stateFolder };
        if (repository?.Folder is { } folder) places.Add(folder);
        AddKey(places, passphrase);
        if (application is not null)
        {
            places.AddRange(application.Repositories.Select(other => other.Address.Folder).OfType<FilePath>());
            places.AddRange(application.Archives.Select(archive => FilePath.From(archive.Folder)));
            foreach (var other in application.Repositories) AddKey(places, other.Passphrase);
            foreach (var archive in application.Archives) AddKey(places, archive.Passphrase);
        }

        return [.. places.Select(Resolved).Concat(places).Distinct()];
    }

    private static void AddKey(List<FilePath> places, PassphraseSource? source)
    {
        if (source is not PassphraseSource.SecretFile(var file)) return;
        places.Add(FilePath.From(file));
        places.Add(FilePath.From(file).WithSuffix(RecoverySheet.FileSuffix));
    }

    /// <summary>The place behind symbolic links, as a walk would meet it.</summary>
    private static FilePath Resolved(FilePath path) => FileSystem.Exists(path) ? FileSystem.RealPath(path) : path;
}
