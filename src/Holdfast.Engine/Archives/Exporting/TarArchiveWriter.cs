using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Tar;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Archives.Exporting;

/// <summary>
/// Writes a tar archive (pax) in one pass: the list first, so that a reader knows what to expect before it takes anything; then the contents;
/// and last the SHA-256 sums, which are known only when the contents have passed.
/// </summary>
internal sealed class TarArchiveWriter(BlobReader reader, OperationProgress progress)
{
    private readonly StringBuilder _sums = new();

    internal async Task WriteAsync(ExportedSnapshot snapshot, string program, Stream output, CancellationToken cancellationToken)
    {
        var time = snapshot.Stored.Snapshot.Time;
        var tar = new TarWriter(output);
        var list = snapshot.Manifest(program).Serialize();
        await WriteOwnAsync(tar, ArchiveManifest.EntryName, list, time, output, cancellationToken).ConfigureAwait(false);
        AddSum(Convert.ToHexStringLower(SHA256.HashData(list)), ArchiveManifest.EntryName);
        foreach (var item in snapshot.Items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await WriteItemAsync(tar, item, output, cancellationToken).ConfigureAwait(false);
            progress.AddItem();
        }

        await WriteOwnAsync(tar, ArchiveManifest.SumsName, Encoding.UTF8.GetBytes(_sums.ToString()), time, output, cancellationToken).ConfigureAwait(false);
        await tar.WriteEndAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteOwnAsync(
        TarWriter tar, string name, byte[] content, Timestamp time, Stream output, CancellationToken cancellationToken)
    {
        var node = new Node { Name = default, Type = NodeType.File, Mode = FilePermissions.PrivateFile, ModifiedAt = NotBeforeEpoch(time) };
        await tar.WriteHeaderAsync(Encoding.UTF8.GetBytes(name), node, content.Length, cancellationToken).ConfigureAwait(false);
        await output.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        await tar.PadAsync(content.Length, cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteItemAsync(TarWriter tar, ExportedItem item, Stream output, CancellationToken cancellationToken)
    {
        // Names and targets as the list has them, which a reader compares with it.
        var node = item.Node with
        {
            ModifiedAt = NotBeforeEpoch(item.Node.ModifiedAt),
            LinkTarget = Encoding.UTF8.GetBytes(item.Entry.Target ?? string.Empty),
            ExtendedAttributes = [],
        };
        var size = item.Entry.Type == ArchiveEntry.File ? item.Entry.Size : 0;
        await tar.WriteHeaderAsync(Encoding.UTF8.GetBytes(item.Entry.Path), node, size, cancellationToken).ConfigureAwait(false);
        if (item.Entry.Type != ArchiveEntry.File) return;
        using var hashing = new HashingStream(output);
        await item.CopyAsync(reader, hashing, progress, cancellationToken).ConfigureAwait(false);
        await tar.PadAsync(size, cancellationToken).ConfigureAwait(false);
        AddSum(hashing.Sha256(), item.Entry.Path);
    }

    // Programs that read no extension see the field of the header alone, which has no earlier times; the list has them.
    private static Timestamp NotBeforeEpoch(Timestamp time) => time.UnixSeconds < 0 ? new Timestamp(0, 0, 0) : time;

    private void AddSum(string sum, string name) => _sums.Append(CultureInfo.InvariantCulture, $"{sum}  {name}\n");
}
