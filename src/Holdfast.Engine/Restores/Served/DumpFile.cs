using System.Buffers.Binary;
using System.IO.Compression;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>A dump that is a file: pg_dump's custom format or SQL, also with gzip around it, told by what is in it and not by its name.</summary>
internal sealed class DumpFile(FilePath file)
{
    private const int CopySize = 256 * 1024;

    /// <summary>Bytes of the end in which pg_dump's last remark stands.</summary>
    private const int TailSize = 512;

    private static readonly byte[] _gzip = [0x1f, 0x8b];

    /// <summary>What pg_dump's custom format begins with.</summary>
    private static readonly byte[] _custom = "PGDMP"u8.ToArray();

    /// <exception cref="HoldfastException">NotFound: there is no such file. Usage: it is no dump. Damaged: it does not decompress.</exception>
    internal DumpFormat Format()
    {
        var first = new byte[_custom.Length];
        using var raw = RegularFileStream.OpenRead(file);
        using var content = Decompressing(raw);
        var count = Guarded(() => content.ReadAtLeast(first, first.Length, throwOnEndOfStream: false));
        if (first.AsSpan().SequenceEqual(_custom)) return DumpFormat.Custom;
        // SQL is text, which other archives and images of databases are not.
        return count > 0 && !first.AsSpan(0, count).ContainsAnyExceptInRange((byte)9, (byte)126)
            ? DumpFormat.Sql
            : throw new HoldfastException(
                FailureKind.Usage, $"\"{file.Display}\" is neither a dump in pg_dump's custom format nor SQL", "make it with `pg_dump --format=custom`, or with `holdfast db export`");
    }

    /// <summary>Writes the dump.</summary>
    /// <param name="output">Gets it.</param>
    /// <param name="written">Told how many bytes were written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HoldfastException">Damaged: it is cut, or does not decompress. What was written before is of no use.</exception>
    internal async Task CopyAsync(Stream output, Action<long> written, CancellationToken cancellationToken)
    {
        using var raw = new LastBytesStream(RegularFileStream.OpenRead(file), sizeof(uint));
        using var content = new LastBytesStream(Decompressing(raw), TailSize);
        var buffer = new byte[CopySize];
        long size = 0;
        var isByPgDump = false;
        while (await GuardedAsync(() => content.ReadAsync(buffer, cancellationToken)).ConfigureAwait(false) is var count and > 0)
        {
            if (size == 0) isByPgDump = buffer.AsSpan(0, Math.Min(count, TailSize)).IndexOf("-- PostgreSQL database dump"u8) >= 0;
            await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            written(count);
            size += count;
        }

        if (isByPgDump && content.Last.IndexOf("-- PostgreSQL database dump complete"u8) < 0) throw Cut();
        if (!IsCompressed()) return;
        // .NET is content when the trailer is cut off (RFC 1952 section 2.3.1: the last four bytes are the length).
        await raw.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        if (raw.Last.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(raw.Last) != (uint)size) throw Cut();
    }

    private bool IsCompressed()
    {
        var first = new byte[_gzip.Length];
        using var look = RegularFileStream.OpenRead(file);
        return look.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.AsSpan().SequenceEqual(_gzip);
    }

    private Stream Decompressing(Stream raw) => IsCompressed() ? new GZipStream(raw, CompressionMode.Decompress) : raw;

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            throw new HoldfastException(FailureKind.Damaged, $"\"{file.Display}\" is damaged: {error.Message}", "use another file", error);
        }
    }

    private async Task<int> GuardedAsync(Func<ValueTask<int>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            throw new HoldfastException(FailureKind.Damaged, $"\"{file.Display}\" is damaged: {error.Message}", "use another file", error);
        }
    }

    private HoldfastException Cut() => new(FailureKind.Damaged, $"\"{file.Display}\" is cut off: its end is not there", "use another file");
}
