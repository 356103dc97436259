using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Operations;

/// <summary>Which application an operation is of.</summary>
/// <param name="Name">Its name, for people; without a manifest the word for what is worked on.</param>
/// <param name="Place">What tells it from others of the same name: the real path of its manifest, or of the repository where there is none.</param>
/// <param name="Folder">The folder that is locked while an operation is at the application; null when there is no manifest.</param>
public sealed record ApplicationKey(string Name, string Place, FilePath? Folder)
{
    private const string Nameless = "(no manifest)";

    /// <summary>For operations on files that belong to nothing named.</summary>
    public static ApplicationKey None { get; } = new(Nameless, "(no repository)", null);

    /// <summary>Where a <see cref="RestoreMarker"/> of it lies; null where there is no folder for one.</summary>
    public FilePath? Marker { get; init; }

    /// <param name="name">The application's name.</param>
    /// <param name="manifest">The manifest, which exists.</param>
    public static ApplicationKey Of(string name, FilePath manifest)
    {
        var real = FileSystem.RealPath(manifest);
        return new ApplicationKey(name, real.Display, real.Parent) { Marker = RestoreMarker.PathFor(real) };
    }

    /// <summary>The folder of the application that an operation was of; null where its entry does not say, or it had no manifest.</summary>
    internal static FilePath? FolderOf(Operation operation) =>
        operation is { Application: not (Nameless or ""), Place: ['/', _, ..] place } ? FilePath.From(place).Parent : null;

    /// <summary>What an operation was of, whether or not its manifest can be read now.</summary>
    /// <param name="operation">As the journal knows it.</param>
    /// <param name="manifest">The manifest that seems to be its; null for none.</param>
    public static ApplicationKey Of(Operation operation, LoadedManifest? manifest) =>
        manifest is not null && Of(manifest.Application.Application, manifest.Path) is var present && present.Place == operation.Place
            ? present
            : new ApplicationKey(operation.Application, operation.Place, FolderOf(operation) is { } folder && FileSystem.Exists(folder) ? folder : null);

    /// <summary>For operations without a manifest.</summary>
    /// <param name="repository">The repository, as the local state names its place.</param>
    public static ApplicationKey OfRepository(string repository) => new(Nameless, repository, null)
    {
        Marker = repository is ['/', _, ..] ? RestoreMarker.PathFor(FilePath.From(repository)) : null,
    };

    /// <summary>For an application of which only the folder is known.</summary>
    /// <param name="root">Its root on this host.</param>
    public static ApplicationKey OfRoot(FilePath root) => new(Nameless, root.Display, null)
    {
        Marker = RestoreMarker.PathFor(root.Combine(ManifestLocation.FileName)),
    };
}
