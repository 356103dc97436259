using System.Security.Cryptography;

namespace Holdfast.Engine.Files;

/// <summary>Writes small files so that after a crash at any instant either the old or the new content is there, whole.</summary>
public static class AtomicFile
{
    /// <summary>What names of half-written files start with; after a crash such a file may stay and can be removed.</summary>
    public const string TemporaryPrefix = ".holdfast-";

    /// <summary>Replaces or creates <paramref name="path"/>, durably. A symbolic link of that name is replaced, not followed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">All of its content.</param>
    /// <param name="permissions">Its permission bits, exactly (no umask); 0600 by default.</param>
    public static void Write(FilePath path, ReadOnlySpan<byte> content, uint permissions = FilePermissions.PrivateFile)
    {
        Write(path, Sibling(path), content, permissions);
    }

    /// <summary>The same with a name of the caller's for the half-written file, by which it is found again.</summary>
    internal static void Write(FilePath path, FilePath temporary, ReadOnlySpan<byte> content, uint permissions)
    {
        try
        {
            WriteNew(temporary, content, permissions);
            FileSystem.Rename(temporary, path);
        }
        catch
        {
            // What went wrong first is what to tell; a temporary file that cannot be removed either is only litter.
            _ = LibC.Unlink(temporary.Terminated);
            throw;
        }

        DirectorySync.SyncParentOf(path);
    }

    /// <summary>A fresh hidden name in the directory of <paramref name="path"/>, unlikely to be taken.</summary>
    internal static FilePath Sibling(FilePath path)
    {
        var name = TemporaryPrefix + RandomNumberGenerator.GetHexString(16, lowercase: true) + ".tmp";
        return path.Parent?.Combine(name) ?? FilePath.From(name);
    }

    private static void WriteNew(FilePath path, ReadOnlySpan<byte> content, uint permissions)
    {
        var flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        if (!LibC.TryOpen(path, flags, FilePermissions.PrivateFile, out var file)) FileFailure.Throw("create", path);
        using (file)
        {
            FileContent.Write(file, content, path);
            if (permissions != FilePermissions.PrivateFile && LibC.ChangeMode(file, permissions) != 0)
                FileFailure.Throw("set the mode of", path);
            FileContent.Sync(file, path);
        }
    }
}
