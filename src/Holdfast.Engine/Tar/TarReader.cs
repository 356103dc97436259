using System.Globalization;
using System.Text;

namespace Holdfast.Engine.Tar;

/// <summary>
/// Reads a tar archive that may be hostile, from front to back. .NET's own reader takes whatever size an extension header claims into memory;
/// this one does not, and knows no more than the archives of Holdfast need: files, folders, symbolic links, long names.
/// </summary>
internal sealed class TarReader(Stream source)
{
    /// <summary>Bytes of an extension header or a long name.</summary>
    private const long LargestExtension = 1 << 20;

    private readonly byte[] _block = new byte[TarBlock.Size];
    private long _left;
    private int _padding;

    /// <summary>The next file, folder or link; null at the end of the archive, which is read to its last byte.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">Damaged: truncated, altered, or something that is none of the three.</exception>
    internal async Task<TarHeader?> NextAsync(CancellationToken cancellationToken)
    {
        if (_left > 0) throw new InvalidOperationException("the content before was not read");
        var extensions = new Dictionary<string, string>(StringComparer.Ordinal);
        while (true)
        {
            await FillAsync(_block.AsMemory(0, _padding), cancellationToken).ConfigureAwait(false);
            _padding = 0;
            await FillAsync(_block, cancellationToken).ConfigureAwait(false);
            if (_block.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            {
                await RequireZerosAsync(cancellationToken).ConfigureAwait(false);
                return null;
            }

            var header = TarHeader.Parse(_block);
            switch (header.Type)
            {
                case 'x':
                    ReadRecords(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false), extensions);
                    break;
                case 'g':
                    await ExtensionAsync(header, cancellationToken).ConfigureAwait(false);
                    break;
                case 'L':
                    extensions["path"] = TarHeader.Text(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false));
                    break;
                case 'K':
                    extensions["linkpath"] = TarHeader.Text(await ExtensionAsync(header, cancellationToken).ConfigureAwait(false));
                    break;
                default:
                    return Begin(Extend(header, extensions));
            }
        }
    }

    /// <summary>The next bytes of the entry's content; 0 at its end.</summary>
    internal async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_left == 0) return 0;
        var length = await source.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken).ConfigureAwait(false);
        if (length == 0) throw TarHeader.Damaged("it is truncated");
        _left -= length;
        return length;
    }

    private TarHeader Begin(TarHeader header)
    {
        var what = header.Type switch
        {
            '0' or '5' or '2' => null,
            '1' => "a hard link",
            '3' or '4' => "a device",
            '6' => "a named pipe",
            _ => "something unknown",
        };
        if (what is not null) throw TarHeader.Damaged($"{Restic.Failures.Quoted.Text(header.Name)} is {what}, which no archive of Holdfast has");
        if (header.Type != '0' && header.Size != 0) throw TarHeader.Damaged("a folder or link in it has a content");
        SetLength(header.Size);
        return header;
    }

    private void SetLength(long size)
    {
        _left = size;
        _padding = (int)((TarBlock.Size - (size % TarBlock.Size)) % TarBlock.Size);
    }

    private async Task<byte[]> ExtensionAsync(TarHeader header, CancellationToken cancellationToken)
    {
        if (header.Size > LargestExtension) throw TarHeader.Damaged("a header in it is impossibly large");
        var content = new byte[header.Size];
        await FillAsync(content, cancellationToken).ConfigureAwait(false);
        SetLength(header.Size);
        _left = 0;
        return content;
    }

    private async Task FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var length = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (length < buffer.Length) throw TarHeader.Damaged("it is truncated");
    }

    private async Task RequireZerosAsync(CancellationToken cancellationToken)
    {
        var count = 0L;
        int length;
        while ((length = await source.ReadAsync(_block, cancellationToken).ConfigureAwait(false)) > 0)
        {
            count += length;
            if (_block.AsSpan(0, length).IndexOfAnyExcept((byte)0) >= 0) throw TarHeader.Damaged("something follows its end");
        }

        // The end of an archive is two blocks of zeros.
        if (count < TarBlock.Size || count % TarBlock.Size != 0) throw TarHeader.Damaged("it is truncated");
    }

    private static TarHeader Extend(TarHeader header, Dictionary<string, string> extensions)
    {
        if (extensions.TryGetValue("size", out var text))
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) throw TarHeader.Damaged("a size in it is none");
            header = header with { Size = size };
        }

        return header with
        {
            Name = extensions.GetValueOrDefault("path", header.Name),
            LinkName = extensions.GetValueOrDefault("linkpath", header.LinkName),
        };
    }

    /// <summary>Records of the form "LENGTH KEY=VALUE\n" (pax(1)).</summary>
    private static void ReadRecords(ReadOnlySpan<byte> records, Dictionary<string, string> extensions)
    {
        while (!records.IsEmpty)
        {
            var space = records.IndexOf((byte)' ');
            if (space < 1 || !int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                || length <= space + 1 || length > records.Length || records[length - 1] != '\n')
            {
                throw TarHeader.Damaged("an extension header is damaged");
            }

            var record = records[(space + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1) throw TarHeader.Damaged("an extension header is damaged");
            var key = Encoding.ASCII.GetString(record[..equals]);
            if (key is "path" or "linkpath" or "size")
            {
                if (record.Contains((byte)0)) throw TarHeader.Damaged("a name in it has a NUL");
                extensions[key] = TarHeader.Text(record[(equals + 1)..]);
            }

            records = records[length..];
        }
    }
}
