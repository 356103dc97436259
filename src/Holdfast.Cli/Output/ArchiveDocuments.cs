using Holdfast.Engine.Archives.Exporting;
using Holdfast.Engine.Archives.Folders;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Jobs;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Output;

/// <summary>What export prints, and backup of each archive that it has written.</summary>
internal sealed record ExportDocument(
    string? Name,
    string File,
    string Format,
    bool Encrypted,
    long Bytes,
    string Sha256,
    string SnapshotId,
    long Files,
    IReadOnlyList<ArchiveDatabaseDocument> Databases,
    IReadOnlyList<string> Removed,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Notices);

/// <summary>A database in an archive; a size and a sum only where they were read.</summary>
internal sealed record ArchiveDatabaseDocument(string? Name, string? Path, long? Bytes, string? Sha256, IReadOnlyDictionary<string, long> Tables);

internal sealed record ImportDocument(
    string SnapshotId, string File, string Time, string? Hostname, IReadOnlyList<string> Paths, IReadOnlyList<string> Tags, IReadOnlyList<string> Problems, IReadOnlyList<string> Notices);

/// <summary>What verify prints of an archive.</summary>
internal sealed record VerifyDocument(
    string File,
    bool Passed,
    string Format,
    bool Encrypted,
    long Bytes,
    string Sha256,
    string Created,
    string? SnapshotId,
    string? Application,
    long Files,
    IReadOnlyList<ArchiveDatabaseDocument> Databases,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Notices);

/// <summary>One element of the array that archives prints.</summary>
internal sealed record ArchiveListItem(
    string Folder, string Name, string File, string Time, long Bytes, string Format, bool Encrypted, bool Own, bool Verified, string? Doubt);

internal static class ArchiveDocuments
{
    internal static ExportDocument Of(FolderArchiveWritten written) => Of(written.Archive) with
    {
        Name = written.Folder,
        Removed = written.Removed,
        Notices = [.. written.Archive.Notices, .. written.Notices],
    };

    internal static ExportDocument Of(ArchiveExportResult result) => new(
        null,
        result.File.ToString(),
        result.Format.Extension,
        result.Format.Encrypted,
        result.Bytes,
        result.FileSha256,
        result.Snapshot.ToString(),
        result.Files,
        [.. result.Databases.Select(database => new ArchiveDatabaseDocument(database.Name, database.Path, database.Bytes, null, database.Tables))],
        [],
        result.Problems,
        result.Notices);

    internal static VerifyDocument Of(VerifiedArchive archive, IReadOnlyList<string> missing) => new(
        archive.File.ToString(),
        missing.Count == 0 && archive.Damage.Count == 0,
        archive.Format.Extension,
        archive.Format.Encrypted,
        archive.Bytes,
        archive.FileSha256,
        TimeOf(archive.Created),
        archive.Manifest?.Snapshot,
        archive.Manifest?.Application,
        archive.Files,
        [.. archive.Databases.Select(database => new ArchiveDatabaseDocument(database.Name, database.Path, database.Bytes, database.Sha256, database.Tables))],
        missing,
        archive.Problems,
        archive.Notices);

    internal static ArchiveListItem Of(ArchiveFolder folder, FolderArchive archive) => new(
        folder.Declaration.Name,
        archive.Name,
        archive.File.ToString(),
        TimeOf(archive.Time),
        archive.Bytes,
        archive.Format.Extension,
        archive.Format.Encrypted,
        archive.IsOwn,
        archive.IsVerified,
        archive.Doubt);

    private static string TimeOf(DateTimeOffset time) => Timestamp.FromDateTimeOffset(time.ToUniversalTime()).ToString();
}
