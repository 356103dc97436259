using System.Text.Json;
using Holdfast.Engine.Files;
using Holdfast.Engine.Repositories;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// What a restore was asked for, as the journal keeps it, so that an interrupted one can be resumed. Holds no secret. What an older program did not
/// write is as if nobody had asked for it: the deserializer heeds what parameters begin with, and gives null or false for a property that is missing.
/// </summary>
/// <param name="IncludeIsExact">True when each of <see cref="Include"/> must be in the snapshot; false when they came from names of parts.</param>
/// <param name="Safety">False when the present state was not to be saved.</param>
public sealed record RestoreRequest(bool IncludeIsExact = true, bool Safety = true)
{
    /// <summary>The full ID.</summary>
    public required string Snapshot { get; init; }

    public required RepositoryAddress Repository { get; init; }

    /// <summary>The application's manifest; null without one.</summary>
    public FilePath? Manifest { get; init; }

    /// <summary>Where the application is on this host, where no manifest says so.</summary>
    public FilePath? Root { get; init; }

    public IReadOnlyList<FilePath> Include { get; init => field = value ?? []; } = [];

    public IReadOnlyList<FilePath> Remove { get; init => field = value ?? []; } = [];

    /// <summary>Databases of servers that go away, by the manifest's names.</summary>
    public IReadOnlyList<string> RemoveDatabases { get; init => field = value ?? []; } = [];

    public bool Delete { get; init; }

    /// <summary>Restore nothing: only take away what <see cref="Remove"/> names.</summary>
    public bool OnlyRemoves { get; init; }

    public bool AcceptsContent { get; init; }

    /// <summary>Restore also a snapshot that was made while the application was between two states.</summary>
    public bool AcceptsMixture { get; init; }

    public bool Start { get; init; }

    /// <summary>End the connections to databases of servers that are replaced.</summary>
    public bool EndConnections { get; init; }

    /// <summary>Go over an interrupted restore that this user's journal does not know.</summary>
    public bool OverInterrupted { get; init; }

    /// <summary>The number of the operation that this one rolls back; null for a restore.</summary>
    public long? RollsBack { get; init; }

    /// <exception cref="HoldfastException">Damaged: nobody knows what was asked for.</exception>
    public static RestoreRequest Parse(string? json)
    {
        try
        {
            var request = json is null ? null : JsonSerializer.Deserialize(json, RestoreJournalJson.Default.RestoreRequest);
            return request ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                "what the operation was asked for cannot be read in the journal, so it cannot be gone on with",
                "`holdfast operations undo` does not need that and puts the old state back; then restore anew",
                error);
        }
    }

    /// <summary>Null where nobody can read it: what is put back does not depend on it.</summary>
    public static RestoreRequest? TryParse(string? json)
    {
        try
        {
            return Parse(json);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            return null;
        }
    }

    public string Serialize() => JsonSerializer.Serialize(this, RestoreJournalJson.Default.RestoreRequest);
}
