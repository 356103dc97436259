using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>The databases of servers that a restore is about to replace or remove.</summary>
/// <param name="databases">As the manifest has them.</param>
/// <param name="clock">For programs that tell passwords.</param>
internal sealed class PresentServed(IReadOnlyList<ServedDatabase> databases, TimeProvider clock)
{
    /// <summary>No databases.</summary>
    internal static PresentServed None { get; } = new([], TimeProvider.System);

    internal IReadOnlyList<ServedDatabase> Databases => databases;

    /// <summary>What tells whether somebody writes to them (<see cref="DatabaseMark"/>), by name. Null for one of which nobody can tell; those that are not there are missing.</summary>
    internal async Task<IReadOnlyDictionary<string, string?>> MarksAsync(CancellationToken cancellationToken)
    {
        var marks = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var database in databases)
        {
            try
            {
                var server = await PostgresServer.ResolveAsync(database.Address, clock, cancellationToken).ConfigureAwait(false);
                marks[database.Name] = await DatabaseMark.OfAsync(server, cancellationToken).ConfigureAwait(false);
            }
            catch (HoldfastException error)
            {
                // One that does not open is saved as far as it can be: the backup says what is missing.
                if (error.Kind != FailureKind.NotFound) marks[database.Name] = null;
            }
        }

        return marks;
    }
}
