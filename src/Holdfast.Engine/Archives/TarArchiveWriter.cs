using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Archives;

/// <summary>
/// Writes a tar archive (pax) in one pass: the list first, so that a reader knows what to expect before it takes anything; then the contents;
/// and last the SHA-256 sums, which are known only when the contents have passed.
/// </summary>
internal sealed class TarArchiveWriter(BlobReader reader, OperationProgress progress)
{
    /// <summary>The name of the last entry.</summary>
    internal const string SumsName = "SHA256SUMS";

    private readonly StringBuilder _sums = new();

    internal async Task WriteAsync(ExportedSnapshot snapshot, string program, Stream output, CancellationToken cancellationToken)
    {
        var time = snapshot.Stored.Snapshot.Time.ToDateTimeOffset();
        var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        await using (tar.ConfigureAwait(false))
        {
            var list = snapshot.Manifest(program).Serialize();
            await WriteOwnAsync(tar, ArchiveManifest.EntryName, list, time, cancellationToken).ConfigureAwait(false);
            foreach (var item in snapshot.Items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await WriteItemAsync(tar, item, cancellationToken).ConfigureAwait(false);
                progress.AddItem();
            }

            var sums = Encoding.UTF8.GetBytes(_sums.ToString());
            await WriteOwnAsync(tar, SumsName, sums, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteOwnAsync(TarWriter tar, string name, byte[] content, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var entry = new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            ModificationTime = NotBeforeEpoch(time),
            DataStream = new MemoryStream(content, writable: false),
        };
        await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        if (name != SumsName) AddSum(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)), name);
    }

    private async Task WriteItemAsync(TarWriter tar, ExportedItem item, CancellationToken cancellationToken)
    {
        var entry = new PaxTarEntry(TypeOf(item.Entry), item.Entry.Path)
        {
            Mode = (UnixFileMode)NodeMode.PermissionsOf(item.Node.Mode),
            ModificationTime = NotBeforeEpoch(item.Node.ModifiedAt.ToDateTimeOffset()),
            Uid = unchecked((int)item.Node.Uid),
            Gid = unchecked((int)item.Node.Gid),
            UserName = item.Node.User ?? string.Empty,
            GroupName = item.Node.Group ?? string.Empty,
        };
        if (item.Entry.Target is { } target) entry.LinkName = target;
        if (item.Entry.Type != ArchiveEntry.File)
        {
            await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            return;
        }

        var content = new BlobContentStream(reader, item.Content, item.Entry.Size);
        await using (content.ConfigureAwait(false))
        {
            using var hashing = new SizedStream(content, progress);
            if (item.Entry.Size > 0) entry.DataStream = hashing;
            await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            AddSum(hashing.Sha256(), item.Entry.Path);
        }
    }

    private static TarEntryType TypeOf(ArchiveEntry entry) => entry.Type switch
    {
        ArchiveEntry.File => TarEntryType.RegularFile,
        ArchiveEntry.Folder => TarEntryType.Directory,
        _ => TarEntryType.SymbolicLink,
    };

    // The header has no place for earlier times; the list has them.
    private static DateTimeOffset NotBeforeEpoch(DateTimeOffset time) => time < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : time;

    private void AddSum(string sum, string name) => _sums.Append(CultureInfo.InvariantCulture, $"{sum}  {name}\n");
}
