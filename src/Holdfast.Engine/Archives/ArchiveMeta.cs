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

    /// <summary>It says itself that it is of this archive: by the name, and by whether that is encrypted, which share a sidecar's place.</summary>
    public bool IsOf(FilePath archive) =>
        BackupName == BackupNameOf(archive) && Encrypted == FilePath.From(archive.Name.Span).ToString().EndsWith(".gpg", StringComparison.OrdinalIgnoreCase);

    /// <summary>The archive that it says it is of, for messages.</summary>
    internal string Subject => Quoted.Text(Encrypted ? $"{BackupName}.gpg" : BackupName);

    /// <summary>Makes sure that no sidecar of another archive stands where that of an archive is to be.</summary>
    /// <exception cref="HoldfastException">Usage: one does.</exception>
    public static void RequirePlace(FilePath archive)
    {
        const string Hint = "give the archive a name with another beginning, or move the .meta file away";
        ArchiveMeta? there;
        try
        {
            there = TryRead(archive);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            throw new HoldfastException(FailureKind.Usage, $"\"{PlaceFor(archive).Display}\" is in the way, and is of no archive", Hint, error);
        }

        if (there is null || there.IsOf(archive)) return;
        throw new HoldfastException(FailureKind.Usage, $"\"{PlaceFor(archive).Display}\" is that of the archive {there.Subject}, which could not be verified without it", Hint);
    }

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
