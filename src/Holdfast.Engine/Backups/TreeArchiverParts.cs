using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Engine.Backups;

/// <summary>What a walk works with.</summary>
internal sealed record TreeArchiverParts(
    BlobWriter Writer,
    BlobIndex Index,
    NodeReader Nodes,
    DatabaseFinder Finder,
    FileArchiver Files,
    DatabaseArchiver Databases,
    BackupLog Log,
    OperationProgress Progress,
    Timestamp Now,
    SemaphoreSlim Slots);
