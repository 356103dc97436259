using System.Globalization;
using System.Text;
using Holdfast.Engine.Archives.Packing;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Tar;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Verifying;

/// <summary>
/// Unpacks a tar archive into a private folder, contents only and under numbers for names: no name, link or mode out of the archive ever
/// touches a file system here. Nothing is taken that the list did not announce, and no more of it.
/// </summary>
internal sealed class TarArchiveReader(Stream content, FilePath folder, bool trustLinks, OperationProgress progress)
{
    private const int BufferSize = 128 * 1024;

    private readonly TarReader _tar = new(content);
    private readonly StringBuilder _sums = new();
    private readonly byte[] _buffer = new byte[BufferSize];

    /// <exception cref="HoldfastException">Damaged: refused, truncated or altered. NoSpace.</exception>
    internal async Task<UnpackedArchive> UnpackAsync(CancellationToken cancellationToken)
    {
        var manifest = await ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        new ArchiveListCheck(manifest, trustLinks).Require();
        RequireSpace(manifest);
        progress.Begin("unpacking the archive", manifest.Files.Sum(entry => entry.Size));
        var files = new List<UnpackedFile>(manifest.Files.Count);
        foreach (var entry in manifest.Files)
        {
            var header = await _tar.NextAsync(cancellationToken).ConfigureAwait(false) ?? throw TarHeader.Damaged("it ends before its list does");
            Match(header, entry);
            var place = entry.Type == ArchiveEntry.File ? folder.Combine(files.Count.ToString("d7", CultureInfo.InvariantCulture)) : null;
            var sum = place is null ? null : await SaveAsync(place, entry.Path, cancellationToken).ConfigureAwait(false);
            files.Add(new UnpackedFile(entry, place, sum));
            progress.AddItem();
        }

        await RequireSumsAsync(cancellationToken).ConfigureAwait(false);
        if (await _tar.NextAsync(cancellationToken).ConfigureAwait(false) is { } more)
            throw TarHeader.Damaged($"it holds {Quoted.Text(more.Name)} after its sums");
        return new UnpackedArchive(manifest, files);
    }

    private async Task<ArchiveManifest> ReadManifestAsync(CancellationToken cancellationToken)
    {
        var header = await _tar.NextAsync(cancellationToken).ConfigureAwait(false) ?? throw TarHeader.Damaged("it is empty");
        if (header is not { Type: '0', Name: ArchiveManifest.EntryName })
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                $"the tar is no archive of Holdfast: it does not begin with {ArchiveManifest.EntryName}",
                "look at it and unpack it with tar yourself, then save what it held with `holdfast backup PATH`");
        }

        return ArchiveManifest.Parse(await ReadSmallAsync(header, ArchiveManifest.LargestSize, cancellationToken).ConfigureAwait(false));
    }

    private async Task<byte[]> ReadSmallAsync(TarHeader header, long limit, CancellationToken cancellationToken)
    {
        if (header.Size > limit) throw TarHeader.Damaged($"{Quoted.Text(header.Name)} is impossibly large");
        using var hashing = new HashingStream(Stream.Null);
        // Not as large as the header claims at once: a hostile one would cost memory without sending a byte.
        var whole = new MemoryStream();
        int length;
        while ((length = await _tar.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            hashing.Write(_buffer, 0, length);
            whole.Write(_buffer, 0, length);
        }

        if (header.Name == ArchiveManifest.EntryName) AddSum(hashing.Sha256(), header.Name);
        return whole.ToArray();
    }

    private async Task<string> SaveAsync(FilePath place, string name, CancellationToken cancellationToken)
    {
        using var file = RegularFileStream.CreateNew(place);
        using var hashing = new HashingStream(file);
        int length;
        while ((length = await _tar.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            hashing.Write(_buffer, 0, length);
            progress.AddBytes(length);
        }

        var sum = hashing.Sha256();
        AddSum(sum, name);
        return sum;
    }

    private async Task RequireSumsAsync(CancellationToken cancellationToken)
    {
        var header = await _tar.NextAsync(cancellationToken).ConfigureAwait(false);
        if (header is not { Type: '0', Name: ArchiveManifest.SumsName }) throw TarHeader.Damaged("it does not end with its sums");
        var expected = Encoding.UTF8.GetBytes(_sums.ToString());
        var found = await ReadSmallAsync(header, expected.Length, cancellationToken).ConfigureAwait(false);
        if (found.AsSpan().SequenceEqual(expected)) return;
        var lines = Encoding.UTF8.GetString(found).Split('\n').ToHashSet(StringComparer.Ordinal);
        var wrong = _sums.ToString().Split('\n').FirstOrDefault(line => !lines.Contains(line), string.Empty);
        throw TarHeader.Damaged($"the SHA-256 of {Quoted.Text(wrong.Split("  ", 2).Last())} is not the one in {ArchiveManifest.SumsName}");
    }

    private static void Match(TarHeader header, ArchiveEntry entry)
    {
        var type = entry.Type switch
        {
            ArchiveEntry.File => '0',
            ArchiveEntry.Folder => '5',
            _ => '2',
        };
        var name = header.Type == '5' ? header.Name.TrimEnd('/') : header.Name;
        if (name != entry.Path) throw TarHeader.Damaged($"it holds {Quoted.Text(header.Name)} where its list has {Quoted.Text(entry.Path)}");
        if (header.Type != type || header.Size != entry.Size) throw TarHeader.Damaged($"{Quoted.Text(name)} is not what its list says");
        if (type == '2' && header.LinkName != entry.Target) throw TarHeader.Damaged($"the link {Quoted.Text(name)} leads elsewhere than its list says");
    }

    private void RequireSpace(ArchiveManifest manifest)
    {
        const long PerFile = 4096;
        UInt128 need = (UInt128)ArchiveScratch.Margin;
        foreach (var entry in manifest.Files.Where(entry => entry.Type == ArchiveEntry.File)) need += (UInt128)(entry.Size + PerFile);
        var free = FreeSpace.At(folder);
        if (need <= free) return;
        throw new HoldfastException(
            FailureKind.NoSpace,
            $"the archive unpacks to {HumanFormat.Size((long)UInt128.Min(need, long.MaxValue))}, and \"{folder.Display}\" has {HumanFormat.Size((long)Math.Min(free, long.MaxValue))} free",
            "free some space, or name a folder with room in TMPDIR");
    }

    private void AddSum(string sum, string name) => _sums.Append(CultureInfo.InvariantCulture, $"{sum}  {name}\n");
}

/// <summary>What a tar archive held.</summary>
internal sealed record UnpackedArchive(ArchiveManifest Manifest, IReadOnlyList<UnpackedFile> Files);

/// <param name="Entry">What the list says of it.</param>
/// <param name="Content">Where its content lies; null for folders and links.</param>
/// <param name="Sha256">Of its content; null for folders and links.</param>
internal sealed record UnpackedFile(ArchiveEntry Entry, FilePath? Content, string? Sha256);
