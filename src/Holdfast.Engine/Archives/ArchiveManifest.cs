using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives;

/// <summary>What a tar archive holds: its first entry, <c>holdfast-archive.json</c>. Described in docs/design/archives.md.</summary>
public sealed record ArchiveManifest
{
    /// <summary>The name of the entry.</summary>
    public const string EntryName = "holdfast-archive.json";

    /// <summary>The name of the last entry, the SHA-256 of all others.</summary>
    internal const string SumsName = "SHA256SUMS";

    /// <summary>The version of this document; an archive of a larger one is refused.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Bytes; about a million files. A hostile one cannot fill the memory.</summary>
    public const int LargestSize = 256 << 20;

    public int Format { get; init; } = CurrentFormat;

    public required string Program { get; init; }

    public string? Application { get; init; }

    public string? ApplicationVersion { get; init; }

    /// <summary>The absolute root of the application where the backup was made; null for a backup of plain paths.</summary>
    public string? Root { get; init; }

    public string? Host { get; init; }

    public string? User { get; init; }

    /// <summary>When the backup was made, RFC 3339 with nanoseconds.</summary>
    public required string Time { get; init; }

    /// <summary>The ID of the snapshot that was exported.</summary>
    public required string Snapshot { get; init; }

    /// <summary>The absolute paths that were asked for.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    /// <summary>What is known of the snapshot: databases with tables and row counts, groups, problems; null when stock restic made it.</summary>
    public SnapshotRecord? Record { get; init; }

    /// <summary>Every other entry but the last, in the order of the archive.</summary>
    public required IReadOnlyList<ArchiveEntry> Files { get; init; }

    public byte[] Serialize() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ArchiveJson.Readable.ArchiveManifest), (byte)'\n'];

    /// <exception cref="HoldfastException">Damaged: not such a document. Failed: it has a newer format than this program knows.</exception>
    public static ArchiveManifest Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var format = (JsonSerializer.Deserialize(json, ArchiveJson.Default.ArchiveFormatNumber) ?? throw new JsonException("null")).Format;
            if (format > CurrentFormat)
            {
                throw new HoldfastException(
                    FailureKind.Failed, $"the archive has format {format}, which a newer Holdfast wrote; this one knows format {CurrentFormat}", "update Holdfast");
            }

            return JsonSerializer.Deserialize(json, ArchiveJson.Default.ArchiveManifest) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new HoldfastException(FailureKind.Damaged, $"the archive's list ({EntryName}) does not parse", "use another archive", error);
        }
    }
}

/// <summary>One file, folder or symbolic link of a tar archive.</summary>
public sealed record ArchiveEntry
{
    public const string File = "file";
    public const string Folder = "folder";
    public const string Link = "link";

    /// <summary>The name in the archive: relative, printable, without "..".</summary>
    public required string Path { get; init; }

    /// <summary><c>file</c>, <c>folder</c> or <c>link</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The absolute path it had.</summary>
    public required string Original { get; init; }

    /// <summary>The raw bytes of that path, where it is not UTF-8.</summary>
    public byte[]? OriginalBytes { get; init; }

    /// <summary>Bytes; files only.</summary>
    public long Size { get; init; }

    /// <summary>The bits of chmod(2) in octal.</summary>
    public required string Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public string? User { get; init; }

    public string? Group { get; init; }

    /// <summary>When it was last changed, RFC 3339 with nanoseconds.</summary>
    public required string Modified { get; init; }

    /// <summary>Where a symbolic link leads.</summary>
    public string? Target { get; init; }

    /// <summary>The raw bytes of that, where it is not UTF-8.</summary>
    public byte[]? TargetBytes { get; init; }

    /// <summary>The file is this database of the record.</summary>
    public string? Database { get; init; }
}

/// <summary>The one field that every format has.</summary>
internal sealed record ArchiveFormatNumber
{
    public required int Format { get; init; }
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ArchiveFormatNumber))]
[JsonSerializable(typeof(ArchiveManifest))]
[JsonSerializable(typeof(ArchiveMeta))]
internal sealed partial class ArchiveJson : JsonSerializerContext
{
    /// <summary>For writing: a plus sign or a letter beyond ASCII as itself, because people read these files, and nobody puts them into HTML.</summary>
    internal static ArchiveJson Readable { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
