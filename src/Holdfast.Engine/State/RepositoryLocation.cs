using Holdfast.Engine.Files;

namespace Holdfast.Engine.State;

/// <summary>How the local state names the place of a repository: a copy elsewhere has the same ID, and is not proven with it.</summary>
public static class RepositoryLocation
{
    /// <summary>The folder behind all symbolic links; its bytes escaped where they are no text, so that two places never look the same.</summary>
    public static string Of(FilePath folder) => (FileSystem.Exists(folder) ? FileSystem.RealPath(folder) : folder).Display;
}
