using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Folders;

/// <summary>
/// Which archives of a folder Holdfast made, in a small hidden file there. Only these may retention delete: a lost ledger means that nothing is
/// deleted.
/// </summary>
internal sealed class ArchiveLedger(FilePath folder)
{
    private const string FileName = ".holdfast-archives.json";
    private const int LargestSize = 16 << 20;

    private FilePath Place => folder.Combine(FileName);

    /// <exception cref="HoldfastException">Damaged: it does not parse.</exception>
    internal IReadOnlyDictionary<string, LedgerEntry> Read()
    {
        if (FileSystem.TryStatus(Place, followLinks: false) is not { IsFile: true }) return new Dictionary<string, LedgerEntry>(StringComparer.Ordinal);
        try
        {
            var document = JsonSerializer.Deserialize(FileSystem.ReadAllBytes(Place, LargestSize), ArchiveLedgerJson.Default.ArchiveLedgerDocument);
            return (document?.Archives ?? throw new JsonException("null")).ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new HoldfastException(
                FailureKind.Damaged, $"\"{Place.Display}\" does not parse", "move it away: then no archive made before is ever deleted by retention", error);
        }
    }

    internal void Write(IEnumerable<LedgerEntry> entries)
    {
        var document = new ArchiveLedgerDocument { Archives = [.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)] };
        AtomicFile.Write(Place, JsonSerializer.SerializeToUtf8Bytes(document, ArchiveLedgerJson.Default.ArchiveLedgerDocument));
    }
}

internal sealed record ArchiveLedgerDocument
{
    public int Format { get; init; } = 1;

    public required IReadOnlyList<LedgerEntry> Archives { get; init; }
}

/// <param name="Name">The file's name in its folder.</param>
/// <param name="Time">When the backup was made.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Verified">It was read back after it was written, and every database in it opened.</param>
/// <param name="Tree">The tree of the snapshot it was made of; null in older ledgers.</param>
/// <param name="Doubt">Why it is not to be relied on, as was known when it was made; null for no reason.</param>
internal sealed record LedgerEntry(string Name, DateTimeOffset Time, long Bytes, bool Verified, string? Tree = null, string? Doubt = null);

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ArchiveLedgerDocument))]
internal sealed partial class ArchiveLedgerJson : JsonSerializerContext;
