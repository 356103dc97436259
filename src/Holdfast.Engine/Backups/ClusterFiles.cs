using System.Buffers;
using Holdfast.Engine.Databases.Postgres.BaseBackups;
using Holdfast.Engine.Tar;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Takes the files out of the archives of a base backup and saves each in chunks of one size, which are whole pages: what did not change since the last
/// backup is known then. Nothing lies on a disk in between.
/// </summary>
/// <param name="saver">Saves the chunks.</param>
/// <param name="folder">What the names of all files begin with.</param>
/// <param name="chunkSize">Bytes.</param>
internal sealed class ClusterFiles(ChunkSaver saver, string folder, int chunkSize)
{
    /// <summary>Where tablespaces are in a data directory.</summary>
    private const string Tablespaces = "pg_tblspc";

    private readonly List<ServedFile> _files = [];
    private readonly List<ServedFolder> _folders = [new(folder, null)];

    /// <summary>Their content is there when the saver has ended.</summary>
    internal IReadOnlyList<ServedFile> Files => _files;

    internal IReadOnlyList<ServedFolder> Folders => _folders;

    internal async Task AddAsync(BaseBackupPart part, CancellationToken cancellationToken)
    {
        var place = part.Tablespace is { } id ? $"{folder}/{Tablespaces}/{id}" : folder;
        if (part.Tablespace is not null) _folders.Add(new ServedFolder(place, null));
        var tar = new TarReader(part.Content);
        while (await tar.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            var name = NameOf(entry);
            var time = Timestamp.FromUnix(entry.ModifiedAt, 0, TimeZoneInfo.Utc);
            if (entry.Type == '0') _files.Add(await SaveAsync(tar, entry, $"{place}/{name}", time, cancellationToken).ConfigureAwait(false));
            else if (entry.Type == '5' && name.Length > 0) _folders.Add(new ServedFolder($"{place}/{name}", time));
            // The links are those to the tablespaces, which come as archives of their own.
        }
    }

    private async Task<ServedFile> SaveAsync(TarReader tar, TarHeader entry, string name, Timestamp time, CancellationToken cancellationToken)
    {
        var content = new Id[(entry.Size + chunkSize - 1) / chunkSize];
        for (var i = 0; i < content.Length; i++)
        {
            var (index, length) = (i, (int)Math.Min(chunkSize, entry.Size - ((long)i * chunkSize)));
            var buffer = ArrayPool<byte>.Shared.Rent(length);
            await FillAsync(tar, buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            await saver.AddAsync(buffer, length, id => content[index] = id, cancellationToken).ConfigureAwait(false);
        }

        return new ServedFile(name, content, entry.Size) { Permissions = entry.Permissions, ModifiedAt = time };
    }

    private static async Task FillAsync(TarReader tar, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty) buffer = buffer[await tar.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)..];
    }

    /// <summary>Below the folder, whatever the server says.</summary>
    private static string NameOf(TarHeader entry)
    {
        var parts = entry.Name.Split('/').Where(part => part is not ("" or ".")).ToList();
        if (entry.Name.StartsWith('/') || parts.Contains(".."))
            throw new HoldfastException(FailureKind.Damaged, $"the server sent a file with the impossible name {Quoted.Text(entry.Name)}");
        return string.Join('/', parts);
    }
}
