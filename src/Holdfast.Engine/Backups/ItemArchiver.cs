using System.Text.Unicode;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Saves one file or database and makes its node. What is wrong with the source is named, and the backup goes on without it; what is wrong
/// with the repository ends the backup.
/// </summary>
internal sealed class ItemArchiver(TreeArchiverParts parts, bool readsAll)
{
    private BackupLog Log => parts.Log;

    /// <summary>Null: it could not be read, and the log says so.</summary>
    internal async Task<Node?> SaveFileAsync(FilePath path, FileStatus status, Node? parent, CancellationToken cancellationToken)
    {
        if (SqliteFiles.HasJournalBeside(path))
        {
            Log.Problem(
                $"{path.Display} has a journal of SQLite beside it, but is no database that can be read: both were saved as plain files, which may be torn");
        }

        Log.ReadAt(parts.Clock.GetUtcNow());
        try
        {
            var (node, isUnchanged) = !readsAll && parent is not null && ParentDirectory.IsUnchanged(parent, status, parts.Index)
                ? (parts.Nodes.Read(path, status) with { Content = parent.Content }, true)
                : (await ReadFileAsync(path, cancellationToken).ConfigureAwait(false), false);
            Log.File(isUnchanged);
            Log.ReadAt(parts.Clock.GetUtcNow());
            Log.Changes.File(node, parent);
            parts.Progress.AddItem();
            return node;
        }
        catch (HoldfastException error) when (IsOfSource(error))
        {
            Miss(path, error);
            return null;
        }
    }

    /// <summary>Saves one image of a database that nobody declared. To be called while no other file is looked at by <see cref="DatabaseFinder"/>.</summary>
    /// <returns>Null: it could not be read, and the log says so.</returns>
    internal async Task<Node?> SaveDatabaseAsync(DatabaseSource database, FileStatus status, Node? parent, CancellationToken cancellationToken)
    {
        try
        {
            return await SaveDatabaseAsync(database, status, parent, parts.Databases.SaveAsync, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            parts.Progress.Begin("reading files");
        }
    }

    /// <summary>The node of a declared database.</summary>
    /// <returns>Null: it could not be read, and the log says so.</returns>
    internal Task<Node?> TakeDatabaseAsync(DatabaseSource database, FileStatus status, Node? parent, CancellationToken cancellationToken) =>
        SaveDatabaseAsync(database, status, parent, parts.Declared.TakeAsync, cancellationToken);

    private async Task<Node?> SaveDatabaseAsync(
        DatabaseSource database,
        FileStatus status,
        Node? parent,
        Func<DatabaseSource, int?, CancellationToken, Task<ArchivedDatabase>> readAsync,
        CancellationToken cancellationToken)
    {
        try
        {
            if (!status.IsFile) throw new HoldfastException(FailureKind.Failed, "it is not a regular file");
            var node = parts.Nodes.Read(database.Path, status);
            var saved = await readAsync(database, parts.PreviousChunkSize(parent), cancellationToken).ConfigureAwait(false);
            Log.Database(saved.Record);
            node = node with { Content = saved.Content, Size = (ulong)saved.Size };
            if (status.Links > 1)
            {
                Log.Notice(
                    $"{database.Path.Display} is one of {status.Links} names of the same file: SQLite finds its journal only under the name that the application uses");
            }

            Log.Changes.File(node, parent);
            return node;
        }
        catch (HoldfastException error) when (IsOfSource(error))
        {
            // Not where SQLite could read it at another time (locked, a full disk under its journal): bytes that lie there would be torn.
            if (status is { IsFile: true, Size: > 0 } && (error.Kind == FailureKind.Damaged || !Utf8.IsValid(database.Path.Span)))
                return await SaveAsItIsAsync(database, parent, error.Message, cancellationToken).ConfigureAwait(false);
            Log.Miss(database, error.Message);
            return null;
        }
    }

    /// <summary>
    /// A database that SQLite cannot read (its first page is damaged, it is encrypted, its path is not UTF-8): its bytes as they lie there are worth having,
    /// and the record says that this is no image.
    /// </summary>
    private async Task<Node?> SaveAsItIsAsync(DatabaseSource database, Node? parent, string why, CancellationToken cancellationToken)
    {
        try
        {
            var node = await ReadFileAsync(database.Path, cancellationToken).ConfigureAwait(false);
            Log.Damaged(database, $"it was saved byte by byte as it lies there, not as one consistent state: {why}");
            Log.Changes.File(node, parent);
            return node;
        }
        catch (HoldfastException error) when (IsOfSource(error))
        {
            Log.Miss(database, error.Message);
            return null;
        }
    }

    /// <summary>Asks the file system something; null when it has no answer, and the log says so.</summary>
    internal T? Ask<T>(FilePath path, Func<T> question)
        where T : class
    {
        try
        {
            return question();
        }
        catch (HoldfastException error)
        {
            Miss(path, error);
            return null;
        }
    }

    /// <param name="path">What to look at, links not followed.</param>
    /// <param name="status">Null when there is nothing.</param>
    /// <returns>False: the file system does not say, and the log says so.</returns>
    internal bool TryLook(FilePath path, out FileStatus? status)
    {
        status = null;
        try
        {
            status = FileSystem.TryStatus(path, followLinks: false);
            return true;
        }
        catch (HoldfastException error)
        {
            Miss(path, error);
            return false;
        }
    }

    private async Task<Node> ReadFileAsync(FilePath path, CancellationToken cancellationToken)
    {
        var saved = await parts.Files.SaveAsync(path, cancellationToken).ConfigureAwait(false);
        var node = parts.Nodes.Read(path, saved.Status) with { Content = saved.Content, Size = (ulong)saved.Size };
        if (saved.IsTorn) Log.Problem($"{path.Display} changed each time it was read: what was saved may mix two states of it");
        return node;
    }

    /// <summary>An exception of the writer is its own object, whoever throws it; all others come from reading.</summary>
    private bool IsOfSource(HoldfastException error) => !ReferenceEquals(error, parts.Writer.Failure);

    private void Miss(FilePath path, HoldfastException error)
    {
        if (FileFailure.IsVanished(error)) Log.Vanished(path);
        else Log.Problem($"{path.Display} was not saved: {error.Message}");
    }
}
