using Holdfast.Engine.Files;

namespace Holdfast.Engine.Operations;

/// <summary>Which application an operation is of.</summary>
/// <param name="Name">Its name, for people; without a manifest the word for what is worked on.</param>
/// <param name="Place">What tells it from others of the same name: the real path of its manifest, or of the repository where there is none.</param>
/// <param name="Folder">The folder that is locked while an operation is at the application; null when there is no manifest.</param>
public sealed record ApplicationKey(string Name, string Place, FilePath? Folder)
{
    /// <summary>For operations on files that belong to nothing named.</summary>
    public static ApplicationKey None { get; } = new("(no manifest)", "(no repository)", null);

    /// <param name="name">The application's name.</param>
    /// <param name="manifest">The manifest, which exists.</param>
    public static ApplicationKey Of(string name, FilePath manifest)
    {
        var real = FileSystem.RealPath(manifest);
        return new ApplicationKey(name, real.Display, real.Parent);
    }

    /// <summary>For operations without a manifest.</summary>
    /// <param name="repository">The repository, as the local state names its place.</param>
    public static ApplicationKey OfRepository(string repository) => new("(no manifest)", repository, null);
}
