using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>An operation that nobody can bring to its end, and that holds nobody up any more.</summary>
/// <param name="File">Where its entry is kept.</param>
/// <param name="Marker">Its marker, which is still in the application's folder; null where there is none.</param>
public sealed record ForgottenOperation(FilePath File, FilePath? Marker)
{
    /// <summary>Takes an operation out of the journal that cannot be read, or cannot be undone.</summary>
    /// <param name="stateFolder">Where the journal is.</param>
    /// <param name="host">The name of this host.</param>
    /// <param name="number">The operation.</param>
    /// <param name="force">Also one that could be undone.</param>
    /// <exception cref="HoldfastException">NotFound. Usage: it runs, has come to its end, or can be undone.</exception>
    public static ForgottenOperation Forget(FilePath stateFolder, string host, long number, bool force)
    {
        using var state = LocalState.Open(stateFolder);
        var operation = new OperationJournal(state).Get(number);
        Require(operation, force);
        var folder = stateFolder.Combine("forgotten");
        FileSystem.CreateDirectories(folder, FilePermissions.PrivateDirectory);
        var file = folder.Combine($"operation-{number}.json");
        OperationEntry.Remove(state, file, number);
        return new ForgottenOperation(file, MarkerOf(operation, stateFolder, host));
    }

    private static void Require(Operation operation, bool force)
    {
        if (operation.State == OperationState.Running)
            throw new HoldfastException(FailureKind.Usage, $"operation {operation.Number} is running", "wait for its end");
        var isOpen = operation.State == OperationState.Interrupted || operation.NeedsSettling;
        if (!isOpen && operation.Unreadable.Count == 0)
            throw new HoldfastException(FailureKind.Usage, $"operation {operation.Number} has come to its end and holds nobody up: there is nothing to forget");
        if (!isOpen || force || (operation.NeedsSettling && !UnsettledOperation.CanBeUndone(operation))) return;
        throw new HoldfastException(
            FailureKind.Usage,
            $"operation {operation.Number} can still be undone",
            $"`holdfast operations undo {operation.Number}`; where that fails and cannot be mended, --force forgets it all the same, and nobody puts anything back then");
    }

    private static FilePath? MarkerOf(Operation operation, FilePath stateFolder, string host)
    {
        FilePath?[] places =
        [
            operation.Undo is { } undo ? Exchanges.ExchangeDocument.TryParse(undo)?.Marker : null,
            operation.Place is ['/', _, ..] ? RestoreMarker.PathFor(FilePath.From(operation.Place)) : null,
        ];
        return places.OfType<FilePath>().FirstOrDefault(path =>
            RestoreMarker.TryRead(path) is { } marker && marker.Operation == operation.Number && marker.IsOf(stateFolder, host));
    }
}
