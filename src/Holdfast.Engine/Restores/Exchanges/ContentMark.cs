using System.Globalization;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>
/// What tells, without reading a file as a whole, whether somebody has written to it since: its size and the time of its last change; of a database
/// also its header, in which SQLite counts its changes (fileformat2.html, section 1.3), and the journals beside it that hold something. The time of
/// the inode plays no part, because a second name changes it.
/// </summary>
internal static class ContentMark
{
    // Of a database that this user may not read: its size and time must do.
    private const string Unknown = "?";

    /// <summary>The mark of what is there now; null when there is nothing.</summary>
    internal static string? Of(FilePath path, ExchangeKind kind)
    {
        if (FileSystem.TryStatus(path, followLinks: false) is not { } status) return null;
        if (kind != ExchangeKind.Database || !status.IsFile) return Of(status);
        var journals = KeptJournals.InUse(path)
            .Select(suffix => (suffix, Of(FileSystem.Status(path.WithSuffix(suffix), followLinks: false))))
            .Select(journal => $" {journal.suffix} {journal.Item2}");
        return $"{Of(status)} {HeaderOf(path)}{string.Concat(journals)}";
    }

    /// <summary>Somebody has written to it since the mark was made. False when none was made, as in journals of older programs.</summary>
    internal static bool Differs(string? mark, FilePath path, ExchangeKind kind) => mark is not null && Of(path, kind) is { } now && now != mark;

    private static string Of(FileStatus status) =>
        string.Create(CultureInfo.InvariantCulture, $"{status.Size} {status.ModifiedAt.Seconds}.{status.ModifiedAt.Nanoseconds:D9}");

    private static string HeaderOf(FilePath database)
    {
        try
        {
            using var reader = DescriptorReader.Open(database);
            Span<byte> header = stackalloc byte[SqliteHeader.Size];
            return Convert.ToHexStringLower(header[..reader.Read(header)]);
        }
        catch (HoldfastException error) when (FileFailure.IsRefused(error))
        {
            return Unknown;
        }
    }
}
