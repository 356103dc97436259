using Holdfast.Engine.Archives;
using Holdfast.Engine.Archives.Folders;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Archives;

/// <summary>Where archives are, and where there is room to work on them.</summary>
internal static class ArchivePlaces
{
    /// <summary>Folders for a scratch directory, the preferred one first.</summary>
    internal static IReadOnlyList<FilePath> Scratch(Session session) => session.Surroundings(TimeSpan.Zero).ScratchCandidates;

    /// <summary>Declared folders that are not there, one sentence each.</summary>
    internal static IEnumerable<string> Missing(Session session) => Folders(session)
        .Where(folder => FileSystem.TryStatus(folder.Path, followLinks: true) is null)
        .Select(folder => $"the folder of archives {folder.Declaration.Name} (\"{folder.Path.Display}\") is not there: is its disk mounted? Before the first backup, which makes it, that is as it should be");

    /// <summary>The folders of archives that the manifest declares.</summary>
    internal static IReadOnlyList<ArchiveFolder> Folders(Session session) =>
        [.. (session.Manifest?.Application.Archives ?? []).Select(declaration => new ArchiveFolder(declaration))];

    /// <summary>
    /// The archive that an argument means: a file, or the name of one in a declared folder, with what the manifest says of its passphrase.
    /// Null when it is neither, and does not look like one.
    /// </summary>
    /// <exception cref="HoldfastException">NotFound: it looks like an archive, and there is none.</exception>
    internal static (FilePath File, PassphraseSource? Passphrase)? Find(Session session, string argument)
    {
        var path = FilePath.Absolute(argument, session.CurrentDirectory);
        if (FileSystem.Exists(path)) return (path, Declared(session, path));
        if (InFolders(session, argument) is { } found) return found;
        if (!argument.Contains('/', StringComparison.Ordinal) && ArchiveFormat.TryOfName(argument) is null) return null;
        throw new HoldfastException(
            FailureKind.NotFound, $"there is no archive \"{path.Display}\"", "is the path right, and its disk mounted? `holdfast archives` lists those in the folders of the manifest, which are found by their names");
    }

    /// <summary>As <see cref="InFolders"/>, for a word that may be something else.</summary>
    /// <exception cref="HoldfastException">NotFound: it is named as archives of declared folders are, and there is none.</exception>
    internal static (FilePath File, PassphraseSource? Passphrase)? FindByName(Session session, string name)
    {
        if (InFolders(session, name) is { } found) return found;
        if (Folders(session).Count == 0 || ArchiveFormat.TryOfName(name) is null || ArchiveFileName.TimeIn(FilePath.From(name)) is null) return null;
        throw new HoldfastException(
            FailureKind.NotFound, $"there is no archive {Quoted.Text(name)} in the folders of the manifest", $"`holdfast archives` lists those there are; a file of this name in a snapshot is written ./{Quoted.Escape(name, 200)}");
    }

    /// <summary>The archive of that name in a declared folder; null when there is none.</summary>
    internal static (FilePath File, PassphraseSource? Passphrase)? InFolders(Session session, string name)
    {
        foreach (var folder in Folders(session))
            if (folder.Find(name) is { } archive) return (archive.File, folder.Declaration.Passphrase);
        return null;
    }

    private static PassphraseSource? Declared(Session session, FilePath file) =>
        Folders(session).FirstOrDefault(folder => folder.Path == file.Parent)?.Declaration.Passphrase
        ?? Folders(session).Select(folder => folder.Declaration.Passphrase).FirstOrDefault(source => source is not null);
}
