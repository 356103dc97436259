namespace Holdfast.Engine.Files;

/// <summary>Makes finished files durable.</summary>
public static class FileContentSync
{
    /// <summary>
    /// Makes the content and metadata of a regular file durable (fsync(2)); its name becomes so with <see cref="DirectorySync"/>.
    /// </summary>
    public static void Sync(FilePath path)
    {
        var flags = OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking;
        if (!LibC.TryOpen(path, flags, 0, out var file)) FileFailure.Throw("open", path);
        using (file) FileContent.Sync(file, path);
    }
}
