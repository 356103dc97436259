using System.Buffers;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Drills;

/// <summary>
/// Reads a restored item again and compares it with the snapshot: type, size, the hash of every chunk, mode and modification time.
/// </summary>
internal sealed class ContentComparison(BlobReader reader, OperationProgress progress)
{
    /// <summary>What differs; null when nothing does.</summary>
    internal string? Difference(RestoreItem item, CancellationToken cancellationToken)
    {
        if (FileSystem.TryStatus(item.Destination, followLinks: false) is not { } status) return "it is not there";
        if (status.Type != item.Node.Type) return $"it is a {status.Type} and not a {item.Node.Type}";
        if (MetadataDifference(item, status) is { } metadata) return metadata;
        return item.Node.Type switch
        {
            NodeType.File => ContentDifference(item, cancellationToken),
            NodeType.Symlink when LeadsElsewhere(item) => "it leads elsewhere",
            _ => null,
        };
    }

    private static bool LeadsElsewhere(RestoreItem item) =>
        !FileSystem.ReadLink(item.Destination).AsSpan().SequenceEqual((item.Node.LinkTarget ?? default).Span);

    // The owner, and the bits that change with it, are beyond an ordinary user; that is no failure of the backup.
    private static string? MetadataDifference(RestoreItem item, FileStatus status)
    {
        var found = status.Mode & FilePermissions.AccessMask;
        var saved = NodeMode.PermissionsOf(item.Node.Mode) & FilePermissions.AccessMask;
        if (item.Node.Type != NodeType.Symlink && found != saved)
            return $"its mode is {Convert.ToString(found, 8)} and not {Convert.ToString(saved, 8)}";
        var time = item.Node.ModifiedAt;
        return status.ModifiedAt == new FileTime(time.UnixSeconds, time.Nanoseconds) ? null : "its modification time is another";
    }

    private string? ContentDifference(RestoreItem item, CancellationToken cancellationToken)
    {
        using var file = DescriptorReader.Open(item.Destination);
        if (file.Status.Size != (ulong)item.Bytes) return $"it has {file.Status.Size} bytes and not {item.Bytes}";
        var buffer = Array.Empty<byte>();
        try
        {
            for (var i = 0; i < item.Node.Content!.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var id = item.Node.Content[i];
                if (reader.Index.Locate(new BlobHandle(BlobType.Data, id)) is not { } location)
                    return $"its chunk {i + 1} is in no index";
                var length = checked((int)location.Blob.PlainLength);
                if (buffer.Length < length)
                {
                    if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent(length);
                }

                var chunk = buffer.AsSpan(0, length);
                if (file.Read(chunk) != length || Id.Of(chunk) != id) return $"its chunk {i + 1} of {item.Node.Content.Count} differs";
                progress.AddBytes(length);
            }

            return null;
        }
        catch (HoldfastException error)
        {
            return error.Message;
        }
        finally
        {
            if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
