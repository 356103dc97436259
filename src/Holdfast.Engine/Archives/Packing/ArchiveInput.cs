using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Compression;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>
/// The way of the bytes out of an archive file: decrypted, hashed, decompressed. What they are is told by the bytes, whatever the file's name.
/// </summary>
internal sealed class ArchiveInput : IAsyncDisposable
{
    private const int HeadSize = 512;

    private readonly RegularFileStream _descriptor;
    private readonly HashingStream _file;
    private GpgFilter? _gpg;
    private PeekedStream? _decrypted;
    private HashingStream? _plain;
    private Stream? _decompressor;

    private ArchiveInput(FilePath path)
    {
        _descriptor = RegularFileStream.OpenRead(path);
        _file = new HashingStream(_descriptor);
        FileSize = _descriptor.Length;
    }

    /// <summary>Bytes of the file.</summary>
    internal long FileSize { get; }

    internal ArchiveFormat Format { get; private set; } = null!;

    /// <summary>What is in the archive.</summary>
    internal PeekedStream Content { get; private set; } = null!;

    /// <exception cref="HoldfastException">Damaged: no archive. NotFound: no such file, or no gpg. Usage: no passphrase. WrongKey.</exception>
    internal static async Task<ArchiveInput> OpenAsync(FilePath path, Passphrase? passphrase, FilePath scratch, CancellationToken cancellationToken)
    {
        var input = new ArchiveInput(path);
        try
        {
            await input.GuardAsync(() => input.OpenAsync(passphrase, scratch, cancellationToken), cancellationToken).ConfigureAwait(false);
            return input;
        }
        catch
        {
            await input.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs what reads the content; what goes wrong because the archive is broken is told as such, and as gpg says when it does.</summary>
    internal async Task<T> GuardAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or HoldfastException { Kind: FailureKind.Damaged })
        {
            // What came out of gpg ended early: the reason is there.
            if (_gpg is not null && (_decrypted?.Ended ?? true)) await _gpg.FinishAsync(cancellationToken).ConfigureAwait(false);
            if (error is HoldfastException) throw;
            throw new HoldfastException(FailureKind.Damaged, "the archive is truncated or altered: it cannot be decompressed", "use another archive", error);
        }
    }

    /// <summary>Reads to the end, where the checks of compression and encryption are, and returns the sums of the file.</summary>
    /// <exception cref="HoldfastException">Damaged: there is more than belongs to the archive, or it is not whole.</exception>
    internal async Task<ArchiveDigests> FinishAsync(CancellationToken cancellationToken)
    {
        await RequireEndAsync(Content, cancellationToken).ConfigureAwait(false);
        await RequireEndAsync(_plain!, cancellationToken).ConfigureAwait(false);
        if (_gpg is not null) await _gpg.FinishAsync(cancellationToken).ConfigureAwait(false);
        await RequireEndAsync(_file, cancellationToken).ConfigureAwait(false);
        return new ArchiveDigests(_plain!.Count, _plain.Sha256(), _file.Count, _file.Sha256());
    }

    public async ValueTask DisposeAsync()
    {
        if (_decompressor is not null) await _decompressor.DisposeAsync().ConfigureAwait(false);
        if (_gpg is not null) await _gpg.DisposeAsync().ConfigureAwait(false);
        if (_plain is not null) await _plain.DisposeAsync().ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
        await _descriptor.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<bool> OpenAsync(Passphrase? passphrase, FilePath scratch, CancellationToken cancellationToken)
    {
        var outer = await PeekedStream.OpenAsync(_file, HeadSize, cancellationToken).ConfigureAwait(false);
        Stream plain = outer;
        if (ArchiveMagic.IsEncrypted(outer.Head.Span))
        {
            _gpg = GpgFilter.DecryptFrom(outer, ArchivePassphrase.Require(passphrase), scratch.Combine("gnupg"));
            _decrypted = await PeekedStream.OpenAsync(_gpg.Content, 1, cancellationToken).ConfigureAwait(false);
            plain = _decrypted;
        }

        _plain = new HashingStream(plain);
        var packed = await PeekedStream.OpenAsync(_plain, HeadSize, cancellationToken).ConfigureAwait(false);
        var compression = ArchiveMagic.CompressionOf(packed.Head.Span);
        _decompressor = compression switch
        {
            ArchiveCompression.Gzip => new GzipCheckStream(packed, _plain),
            ArchiveCompression.Zstd => new ZstdDecompressingStream(packed),
            _ => null,
        };
        Content = _decompressor is null ? packed : await PeekedStream.OpenAsync(_decompressor, HeadSize, cancellationToken).ConfigureAwait(false);
        var kind = ArchiveMagic.KindOf(Content.Head.Span) ?? throw new HoldfastException(
            FailureKind.Damaged, "this is no archive that Holdfast knows, or its beginning is damaged", "an archive is a tar, an SQLite database or an SQL dump, compressed or encrypted or neither");
        Format = new ArchiveFormat(kind, compression, _gpg is not null);
        return true;
    }

    private static async Task RequireEndAsync(Stream stream, CancellationToken cancellationToken)
    {
        var rest = new byte[1];
        if (await stream.ReadAsync(rest, cancellationToken).ConfigureAwait(false) == 0) return;
        throw new HoldfastException(FailureKind.Damaged, "the archive is refused: something was appended to it", "use another archive");
    }
}
