using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Archives.Verifying;

/// <summary>An archive that was read to its end and is as it was made, and what it held, unpacked in a private folder that goes away with this.</summary>
public sealed class VerifiedArchive : IAsyncDisposable
{
    private readonly ScratchDirectory _scratch;

    internal VerifiedArchive(ScratchDirectory scratch) => _scratch = scratch;

    public required FilePath File { get; init; }

    public required ArchiveFormat Format { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Bytes { get; init; }

    /// <summary>Of the file as it is on the disk.</summary>
    public required string FileSha256 { get; init; }

    /// <summary>The sidecar, whose size and sum were compared; null when there is none.</summary>
    public required ArchiveMeta? Meta { get; init; }

    /// <summary>When the backup was made: by the list in it, else the sidecar, else its name, else the time of the file.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The list of a tar archive; null for others.</summary>
    public required ArchiveManifest? Manifest { get; init; }

    public required IReadOnlyList<VerifiedDatabase> Databases { get; init; }

    /// <summary>Files in it, databases not counted.</summary>
    public long Files => Unpacked.Count(file => file.Entry is { Type: ArchiveEntry.File, Database: null });

    /// <summary>What the backup itself lacked, or its database had wrong, when it was made; the archive is no worse than it was.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Databases in it that were damaged when the backup was made, one sentence each: every byte is as it was, and that was no sound database.</summary>
    public IReadOnlyList<string> Damage => [.. (Manifest?.Record?.Databases ?? [])
        .Where(database => database is { Missing: null, Damage.Count: > 0 })
        .Select(database => $"the database {PrintableName.Escape(database.Name)} in it is damaged")];

    public required IReadOnlyList<string> Notices { get; init; }

    internal IReadOnlyList<UnpackedFile> Unpacked { get; init; } = [];

    public ValueTask DisposeAsync() => _scratch.DisposeAsync();
}

/// <summary>A database of an archive, whose integrity was checked.</summary>
public sealed record VerifiedDatabase
{
    /// <summary>Null for an archive that does not say.</summary>
    public required string? Name { get; init; }

    /// <summary>The path it had; null for an archive that does not say.</summary>
    public required string? Path { get; init; }

    /// <summary>Bytes.</summary>
    public required long Bytes { get; init; }

    public required string Sha256 { get; init; }

    public required int PageSize { get; init; }

    public required bool UsesWal { get; init; }

    /// <summary>Rows of each table, counted.</summary>
    public required IReadOnlyDictionary<string, long> Tables { get; init; }

    internal FilePath Content { get; init; } = FilePath.Root;
}
