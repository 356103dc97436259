using System.Text.Json;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>What a restore was asked for, as the journal keeps it, so that an interrupted one can be resumed. Holds no secret.</summary>
public sealed record RestoreRequest
{
    /// <summary>The full ID.</summary>
    public required string Snapshot { get; init; }

    /// <summary>The repository's folder.</summary>
    public required FilePath Repository { get; init; }

    /// <summary>The application's manifest; null without one.</summary>
    public FilePath? Manifest { get; init; }

    /// <summary>Where the application is on this host, where no manifest says so.</summary>
    public FilePath? Root { get; init; }

    public IReadOnlyList<FilePath> Include { get; init; } = [];

    /// <summary>True when each of <see cref="Include"/> must be in the snapshot; false when they came from names of parts.</summary>
    public bool IncludeIsExact { get; init; } = true;

    public IReadOnlyList<FilePath> Remove { get; init; } = [];

    public bool Delete { get; init; }

    /// <summary>Restore nothing: only take away what <see cref="Remove"/> names.</summary>
    public bool OnlyRemoves { get; init; }

    public bool AcceptsContent { get; init; }

    /// <summary>Restore also a snapshot that was made while the application was between two states.</summary>
    public bool AcceptsMixture { get; init; }

    public bool Start { get; init; }

    /// <summary>False when the present state was not to be saved.</summary>
    public bool Safety { get; init; } = true;

    /// <summary>Go over an interrupted restore that this user's journal does not know.</summary>
    public bool OverInterrupted { get; init; }

    /// <summary>The number of the operation that this one rolls back; null for a restore.</summary>
    public long? RollsBack { get; init; }

    public static RestoreRequest Parse(string? json)
    {
        try
        {
            var request = json is null ? null : JsonSerializer.Deserialize(json, RestoreJournalJson.Default.RestoreRequest);
            return request ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new HoldfastException(FailureKind.Damaged, "what the journal remembers of the operation cannot be read", "undo it, or start a new restore", error);
        }
    }

    public string Serialize() => JsonSerializer.Serialize(this, RestoreJournalJson.Default.RestoreRequest);
}
