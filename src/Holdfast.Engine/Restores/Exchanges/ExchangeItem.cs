using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// One thing that takes the place of another: enough to tell, after the process was killed at any instant, which of the two is there, and
/// to finish or to undo it.
/// </summary>
internal sealed record ExchangeItem
{
    public required ExchangeKind Kind { get; init; }

    public required FilePath Destination { get; init; }

    /// <summary>The name of the new one before; null for a removal and for a folder.</summary>
    public FilePath? Staged { get; init; }

    /// <summary>The name under which the old one is kept; null for a folder.</summary>
    public FilePath? Kept { get; init; }

    /// <summary>The old one; null when there was none.</summary>
    public InodeIdentity? Old { get; init; }

    /// <summary>The new one; null for a removal and for a folder.</summary>
    public InodeIdentity? New { get; init; }

    /// <summary>The <see cref="ContentMark"/> of the old one as the safety snapshot has it; null when there was none, and for a folder.</summary>
    public string? OldMark { get; init; }

    /// <summary>The <see cref="ContentMark"/> of the new one as it was staged; null for a removal and for a folder.</summary>
    public string? NewMark { get; init; }

    /// <summary>For a folder that goes away, which is a <see cref="ExchangeKind.File"/> in that: what it holds, but for folders. Null for everything else.</summary>
    public IReadOnlyList<ExchangeItem>? Held { get; init; }

    /// <summary>For a folder that was there before: its metadata, as a tree of one node; null for one that the restore made.</summary>
    public string? Before { get; init; }

    /// <summary>For a folder: the metadata that it is to have.</summary>
    public string? After { get; init; }

    /// <exception cref="JsonException">Something is missing without which it can be neither finished nor undone.</exception>
    internal void Require()
    {
        if (Kind != ExchangeKind.Folder && (Kept is null || (New is not null && Staged is null))) throw new JsonException("an item without its names");
        foreach (var held in Held ?? []) held.Require();
    }

    /// <summary>What it holds, each with the name that it has while the folder is kept, or else itself.</summary>
    internal IEnumerable<ExchangeItem> Each() => Held is null ? [this] : Held.Select(held => held with { Kept = held.Destination.Rebase(Destination, Kept!) });

    /// <summary>Somebody has written to the old one since it was looked at, which has the given name now.</summary>
    internal bool IsOldChanged(FilePath name) => ContentMark.Differs(OldMark, name, Kind);

    /// <summary>Somebody has written to the new one since it was staged, which has the given name now.</summary>
    internal bool IsNewChanged(FilePath name) => ContentMark.Differs(NewMark, name, Kind);

    /// <summary>A free name for what is at the destination and is not to be lost.</summary>
    internal FilePath FreeAside() => KeptName.FreeAsideFor(Kept!, Destination);

    /// <summary>What was put aside for the old one, and is not named in a sentence yet: a part of a sentence; null for nothing.</summary>
    internal string? NameAside(string? told)
    {
        var unnamed = Kept is null ? [] : KeptName.AsideOf(Kept).Select(path => $"\"{path.Display}\"").Where(name => told?.Contains(name, StringComparison.Ordinal) is not true).ToList();
        return unnamed.Count == 0 ? null : $"what somebody had written to the new \"{Destination.Display}\" is {string.Join(" with ", unnamed)}";
    }

    /// <summary>The new one is nowhere any more: putting back had taken it away, so that there is no way forward.</summary>
    [JsonIgnore]
    public bool IsLost => New is not null && new[] { Destination, Staged, Kept }.OfType<FilePath>().All(path => SecondName.Identity(path) != New);
}

/// <summary>What an exchanged thing is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExchangeKind>))]
internal enum ExchangeKind
{
    /// <summary>A SQLite database, whose journals go with it.</summary>
    Database,

    /// <summary>Anything else with a name that can be renamed: files, links, fifos.</summary>
    File,

    /// <summary>A folder: made, or given other metadata.</summary>
    Folder,
}
