using System.IO.Compression;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Compression;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>The way of the bytes into an archive file: compressed, hashed, encrypted, written under a hidden name.</summary>
internal sealed class ArchiveOutput : IAsyncDisposable
{
    private readonly HashingStream _file;
    private readonly GpgFilter? _gpg;
    private readonly HashingStream _plain;
    private readonly Stream? _compressor;

    private ArchiveOutput(HashingStream file, GpgFilter? gpg, ArchiveCompression compression)
    {
        _file = file;
        _gpg = gpg;
        _plain = new HashingStream(gpg?.Content ?? file);
        _compressor = compression switch
        {
            ArchiveCompression.Gzip => new GZipStream(_plain, CompressionLevel.Optimal, leaveOpen: true),
            ArchiveCompression.Zstd => new ZstdCompressingStream(_plain),
            _ => null,
        };
    }

    /// <summary>What goes into the archive is written here.</summary>
    internal Stream Content => _compressor ?? _plain;

    /// <param name="target">The file.</param>
    /// <param name="format">Compression and encryption.</param>
    /// <param name="passphrase">Needed for encryption.</param>
    /// <param name="scratch">A private folder.</param>
    /// <param name="cancellationToken">Ends the beginning.</param>
    internal static async Task<ArchiveOutput> OpenAsync(
        Stream target, ArchiveFormat format, Passphrase? passphrase, FilePath scratch, CancellationToken cancellationToken)
    {
        var file = new HashingStream(target);
        var gpg = format.Encrypted
            ? await GpgFilter.EncryptIntoAsync(
                file,
                ArchivePassphrase.Require(passphrase),
                format.Compression == ArchiveCompression.None,
                scratch.Combine("gnupg"),
                cancellationToken).ConfigureAwait(false)
            : null;
        return new ArchiveOutput(file, gpg, format.Compression);
    }

    /// <summary>Writes the ends of compression and encryption.</summary>
    internal async Task<ArchiveDigests> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_compressor is ZstdCompressingStream zstd) zstd.Complete();
        if (_compressor is not null) await _compressor.DisposeAsync().ConfigureAwait(false);
        if (_gpg is not null) await _gpg.FinishAsync(cancellationToken).ConfigureAwait(false);
        return new ArchiveDigests(_plain.Count, _plain.Sha256(), _file.Count, _file.Sha256());
    }

    /// <summary>Why writing has failed when a pipe broke: what gpg or the disk behind it says.</summary>
    internal async Task ThrowFailureAsync(CancellationToken cancellationToken)
    {
        if (_gpg is not null) await _gpg.FinishAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        // A compressor would write its end into a pipe that may be broken; it holds nothing but memory then.
        if (_compressor is ZstdCompressingStream zstd) await zstd.DisposeAsync().ConfigureAwait(false);
        if (_gpg is not null) await _gpg.DisposeAsync().ConfigureAwait(false);
        await _plain.DisposeAsync().ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>Sizes in bytes and SHA-256 sums of an archive before encryption and as it is on the disk.</summary>
internal sealed record ArchiveDigests(long PlainSize, string PlainSha256, long FileSize, string FileSha256);
