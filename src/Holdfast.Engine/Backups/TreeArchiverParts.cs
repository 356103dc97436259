using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Backups;

/// <summary>What a walk works with.</summary>
internal sealed record TreeArchiverParts(
    BlobWriter Writer,
    BlobIndex Index,
    NodeReader Nodes,
    DatabaseFinder Finder,
    FileArchiver Files,
    DatabaseArchiver Databases,
    DeclaredDatabases Declared,
    ServedDatabases Served,
    BackupLog Log,
    OperationProgress Progress,
    TimeProvider Clock,
    Timestamp Now,
    SemaphoreSlim Slots)
{
    /// <summary>
    /// Bytes of the chunks that a snapshot has a database cut in; null when unknown. The first chunk's length tells; the last one may be shorter, so a
    /// single chunk says nothing.
    /// </summary>
    internal int? PreviousChunkSize(Node? node) =>
        node?.Content is { Count: > 1 } content && Index.Locate(new BlobHandle(BlobType.Data, content[0])) is { } first
            ? (int?)first.Blob.PlainLength
            : null;
}
