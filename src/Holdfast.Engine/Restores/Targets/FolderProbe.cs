using Holdfast.Engine.Files;

namespace Holdfast.Engine.Restores.Targets;

/// <summary>Finds out whether files can be made in a folder by making one.</summary>
internal static class FolderProbe
{
    /// <summary>The folder is made when missing.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">
    /// The folder cannot be made or written to; the system's reason and what to do.
    /// </exception>
    internal static void RequireWritable(FilePath folder)
    {
        FileSystem.CreateDirectories(folder);
        var probe = AtomicFile.Sibling(folder.Combine("probe"));
        SparseFileWriter.Create(probe).Dispose();
        FileSystem.Remove(probe);
    }
}
