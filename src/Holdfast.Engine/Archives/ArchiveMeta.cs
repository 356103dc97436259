using System.Globalization;
using System.Text.Json;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives;

/// <summary>
/// The small file beside an archive. Size and checksum are those of the archive before encryption, so that they say something about the
/// file that <c>gpg --decrypt</c> gives.
/// </summary>
public sealed record ArchiveMeta
{
    private const int LargestSize = 1 << 20;

    private const string Suffix = ".meta";

    /// <summary>The archive's file name without <c>.gpg</c>.</summary>
    public required string BackupName { get; init; }

    /// <summary>When the backup was made: ISO 8601 in UTC, to the second.</summary>
    public required string Timestamp { get; init; }

    /// <summary>Bytes before encryption.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Of the bytes before encryption, in lower-case hexadecimal.</summary>
    public required string ChecksumSha256 { get; init; }

    /// <summary>The absolute path of the database; for archives of more than one thing the root of the application.</summary>
    public string? DatabasePath { get; init; }

    public required bool Encrypted { get; init; }

    /// <summary>Where the sidecar of an archive is: <c>.gpg</c> gives way to <c>.meta</c>, another name gets it behind.</summary>
    public static FilePath PlaceFor(FilePath archive) => (archive.Parent ?? FilePath.From(".")).Combine(BackupNameOf(archive) + Suffix);

    /// <summary>The file name without <c>.gpg</c>.</summary>
    public static string BackupNameOf(FilePath archive)
    {
        var name = FilePath.From(archive.Name.Span).ToString();
        return name.EndsWith(".gpg", StringComparison.OrdinalIgnoreCase) ? name[..^".gpg".Length] : name;
    }

    public static string TextOf(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    /// <summary>The recorded time; null when it is none.</summary>
    public DateTimeOffset? Time() =>
        DateTimeOffset.TryParse(Timestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>Writes it beside its archive, whole or not at all.</summary>
    public void Write(FilePath archive) =>
        AtomicFile.Write(PlaceFor(archive), [.. JsonSerializer.SerializeToUtf8Bytes(this, ArchiveJson.Readable.ArchiveMeta), (byte)'\n']);

    /// <summary>The sidecar of an archive; null when there is none.</summary>
    /// <exception cref="HoldfastException">Damaged: it does not parse.</exception>
    public static ArchiveMeta? TryRead(FilePath archive)
    {
        var place = PlaceFor(archive);
        if (FileSystem.TryStatus(place, followLinks: true) is not { IsFile: true }) return null;
        try
        {
            return JsonSerializer.Deserialize(FileSystem.ReadAllBytes(place, LargestSize), ArchiveJson.Default.ArchiveMeta);
        }
        catch (JsonException error)
        {
            throw new HoldfastException(
                FailureKind.Damaged, $"\"{place.Display}\" does not parse", "if it does not belong to the archive, move it away", error);
        }
    }
}
