using System.Text.Json.Serialization;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// One database of a server that takes the place of another: enough to tell, after the process was killed at any instant, which of the two has the name,
/// and to finish or to undo it. What the server calls a database by number (pg_database.oid) tells one from another.
/// </summary>
internal sealed record ServedExchangeItem
{
    /// <summary>As the manifest names it.</summary>
    [JsonRequired]
    public required string Name { get; init; }

    [JsonRequired]
    public required StoredAddress Server { get; init; }

    /// <summary>The name on the server.</summary>
    [JsonRequired]
    public required string Database { get; init; }

    /// <summary>The name of the new one before; null for a removal.</summary>
    public string? Staged { get; init; }

    /// <summary>The name under which the old one is kept; null where there was none, and while it is not known yet.</summary>
    public string? Kept { get; init; }

    /// <summary>The old one; null when there was none.</summary>
    public long? Old { get; init; }

    /// <summary>The new one; null for a removal, and while it is not whole.</summary>
    public long? New { get; init; }

    /// <summary>The mark of the old one as the safety snapshot has it; null when nobody knows, or wants to.</summary>
    public string? OldMark { get; init; }

    /// <summary>The mark of the new one as it was staged; null when nobody knows.</summary>
    public string? NewMark { get; init; }

    /// <summary>The old one is not dropped in the end.</summary>
    public bool KeepsOld { get; init; }
}
