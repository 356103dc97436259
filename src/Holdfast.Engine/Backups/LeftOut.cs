using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>Knows what a walk leaves out: Holdfast's own places, the journals of databases, and what the patterns say.</summary>
internal sealed class LeftOut(BackupOptions options, DatabaseFinder databases, BackupLog log)
{
    // Compared by what they are, because a walk through a symbolic link or a bind mount meets them under another name.
    private readonly HashSet<FileIdentity> _own = [.. options.Own.Select(IdentityOf).OfType<FileIdentity>()];

    /// <summary>True for what was met on a walk and is not saved.</summary>
    internal bool Contains(FilePath path, FileStatus status) =>
        IsOwn(path, status)
        || IsOfRestore(path)
        || options.Exclude?.IsExcluded(path.Span, status.IsDirectory) == true
        || IsJournal(path, status);

    /// <summary>True for what makes no sense in a backup, also when it was asked for; said in a notice.</summary>
    internal bool IsOwn(FilePath path, FileStatus status)
    {
        if (IsMarker(path)) return true;
        if (!_own.Contains(status.Identity) && !options.Own.Any(path.IsUnder)) return false;
        log.Notice($"{path.Display} is Holdfast's own and was left out");
        return true;
    }

    /// <summary>Nobody needs it back; but who saves what is around it saves an application between two states.</summary>
    private bool IsMarker(FilePath path)
    {
        if (!RestoreMarker.IsOne(path.Name.Span)) return false;
        if (RestoreMarker.TryRead(path) is { } marker) log.ProblemOnce(marker.Problem);
        return true;
    }

    /// <summary>What a restore has staged or keeps for a while would come back among the files with the next restore.</summary>
    private bool IsOfRestore(FilePath path)
    {
        if (RestoreFileNames.IsStaged(path.Name.Span)) return true;
        if (!RestoreFileNames.IsKept(path.Name.Span)) return false;
        log.Notice($"{path.Display} is an old file that a restore has kept, and was left out");
        return true;
    }

    /// <summary>True for the journal of a database beside it: the image of the database has what it holds, and restored it would do harm.</summary>
    internal bool IsJournal(FilePath path, FileStatus status) =>
        status.IsFile && SqliteRelatedFiles.DatabaseOf(path) is { } database && databases.IsDatabase(database);

    private static FileIdentity? IdentityOf(FilePath own)
    {
        try
        {
            return FileSystem.TryStatus(own, followLinks: true)?.Identity;
        }
        catch (HoldfastException)
        {
            // What cannot be looked at here cannot be met on the walk either, but under its own name.
            return null;
        }
    }
}
