using System.Text.Unicode;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
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

        try
        {
            var (node, isUnchanged) = !readsAll && parent is not null && ParentDirectory.IsUnchanged(parent, status, parts.Index)
                ? (parts.Nodes.Read(path, status) with { Content = parent.Content }, true)
                : (await ReadFileAsync(path, cancellationToken).ConfigureAwait(false), false);
            Log.File(isUnchanged);
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

    /// <summary>Saves one image of a database. To be called while no other file is looked at by <see cref="DatabaseFinder"/>.</summary>
    /// <returns>Null: it could not be read, and the log says so.</returns>
    internal async Task<Node?> SaveDatabaseAsync(DatabaseSource database, FileStatus status, Node? parent, CancellationToken cancellationToken)
    {
        // The first chunk's length tells how the parent was cut; the last one may be shorter, so a single chunk says nothing.
        var previous = parent?.Content is { Count: > 1 } content && parts.Index.Locate(new BlobHandle(BlobType.Data, content[0])) is { } first
            ? (int?)first.Blob.PlainLength
            : null;
        try
        {
            if (!status.IsFile) throw new HoldfastException(FailureKind.Failed, "it is not a regular file");
            parts.Progress.Begin($"reading the database {PrintableName.Escape(database.Name)}", (long)status.Size);
            var node = parts.Nodes.Read(database.Path, status);
            var (saved, size) = await parts.Databases.SaveAsync(database, previous, cancellationToken).ConfigureAwait(false);
            node = node with { Content = saved, Size = (ulong)size };
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
                return await SaveAsItIsAsync(database, error.Message, cancellationToken).ConfigureAwait(false);
            Log.Miss(database, error.Message);
            return null;
        }
        finally
        {
            parts.Progress.Begin("reading files");
        }
    }

    /// <summary>
    /// A database that SQLite cannot read (its first page is damaged, it is encrypted, its path is not UTF-8): its bytes as they lie there are worth having,
    /// and the record says that this is no image.
    /// </summary>
    private async Task<Node?> SaveAsItIsAsync(DatabaseSource database, string why, CancellationToken cancellationToken)
    {
        try
        {
            var node = await ReadFileAsync(database.Path, cancellationToken).ConfigureAwait(false);
            Log.Damaged(database, $"it was saved byte by byte as it lies there, not as one consistent state: {why}");
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
