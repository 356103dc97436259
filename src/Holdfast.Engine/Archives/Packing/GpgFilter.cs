using System.Security.Cryptography;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>
/// Encryption by the gpg program (symmetric, AES-256, with integrity protection), streamed through pipes. The passphrase is the first line
/// that gpg reads on its standard input, which it takes byte by byte up to the line feed, the data following (--passphrase-fd in gpg(1)); so
/// it stands in no argument, variable or file. gpg has a private home without keys or settings and starts no agent.
/// </summary>
internal sealed class GpgFilter : IAsyncDisposable
{
    private static readonly string[] Common =
    [
        "--no-options", "--batch", "--no-tty", "--quiet", "--no-autostart", "--no-symkey-cache", "--pinentry-mode", "loopback",
        "--passphrase-fd", "0", "--status-fd", "2",
    ];

    // With a given count gpg does not ask its agent for one.
    private static readonly string[] Encrypt =
    [
        "--symmetric", "--cipher-algo", "AES256", "--s2k-mode", "3", "--s2k-digest-algo", "SHA512", "--s2k-count", "65011712",
    ];

    private readonly ChildFilter _child;
    private readonly byte[] _firstLine;
    private readonly bool _decrypts;

    private GpgFilter(ChildFilter child, byte[] firstLine, bool decrypts) => (_child, _firstLine, _decrypts) = (child, firstLine, decrypts);

    /// <summary>What is to be encrypted goes here, or what was decrypted comes from here.</summary>
    internal Stream Content => _decrypts ? _child.Output : _child.Input;

    /// <summary>Where the passphrase came from.</summary>
    private string? Origin { get; init; }

    /// <param name="sink">Gets the encrypted bytes.</param>
    /// <param name="passphrase">One line.</param>
    /// <param name="compress">False for what is compressed already.</param>
    /// <param name="home">A folder that does not exist yet, in a private one.</param>
    /// <param name="cancellationToken">Ends the writing of the passphrase.</param>
    /// <exception cref="HoldfastException">NotFound: gpg is not installed. Usage: a passphrase that gpg cannot take.</exception>
    internal static async Task<GpgFilter> EncryptIntoAsync(
        Stream sink, Passphrase passphrase, bool compress, FilePath home, CancellationToken cancellationToken)
    {
        var line = FirstLine(passphrase);
        var options = Options([.. Encrypt, "--compress-algo", compress ? "zlib" : "none"], home);
        var filter = new GpgFilter(ChildFilter.Into(sink, options), line, decrypts: false);
        try
        {
            await filter.Content.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            await filter.Content.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has ended already; finishing says why.
        }

        return filter;
    }

    /// <param name="source">Gives the encrypted bytes.</param>
    /// <inheritdoc cref="EncryptIntoAsync"/>
    internal static GpgFilter DecryptFrom(Stream source, Passphrase passphrase, FilePath home)
    {
        var line = FirstLine(passphrase);
        var options = Options(["--decrypt"], home) with { Input = line };
        return new GpgFilter(ChildFilter.From(source, options), line, decrypts: true) { Origin = passphrase.Origin };
    }

    /// <summary>To be called when everything was written or read: only now is it sure that it is whole.</summary>
    /// <exception cref="HoldfastException">WrongKey; Damaged: truncated or altered; or what the stream at the other end failed with.</exception>
    internal async Task FinishAsync(CancellationToken cancellationToken)
    {
        var result = await _child.FinishAsync(cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0) throw Failure(result.ErrorText);
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync().ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(_firstLine);
    }

    private static byte[] FirstLine(Passphrase passphrase)
    {
        if (passphrase.Bytes.ContainsAny((byte)'\n', (byte)'\r', (byte)0))
            throw new HoldfastException(FailureKind.Usage, "the archive passphrase has a line break or a NUL, which gpg cannot take", "use another passphrase");
        var line = GC.AllocateUninitializedArray<byte>(passphrase.Bytes.Length + 1, pinned: true);
        passphrase.Bytes.CopyTo(line);
        line[^1] = (byte)'\n';
        return line;
    }

    private static ChildProcessOptions Options(IReadOnlyList<string> arguments, FilePath home)
    {
        FileSystem.TryCreateDirectory(home, FilePermissions.PrivateDirectory);
        return new ChildProcessOptions
        {
            Program = GpgProgram.Require().ToString(),
            Arguments = [.. Common, .. arguments],
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["GNUPGHOME"] = home.ToString(),
                ["LC_ALL"] = "C",
                // It needs none of these.
                ["HOLDFAST_PASSPHRASE"] = null,
                [ArchivePassphrase.Variable] = null,
                [ArchivePassphrase.SeedVariable] = null,
            },
        };
    }

    // The words after [GNUPG:] are in doc/DETAILS of GnuPG.
    private HoldfastException Failure(string said)
    {
        if (!_decrypts) return new HoldfastException(FailureKind.Failed, $"gpg could not encrypt: {Complaint(said)}");
        if (said.Contains("[GNUPG:] NODATA", StringComparison.Ordinal)) return Damaged("it is truncated or not encrypted by gpg");
        if (said.Contains("[GNUPG:] PLAINTEXT", StringComparison.Ordinal)) return Damaged("it is truncated or was tampered with");
        return said.Contains("BAD_PASSPHRASE", StringComparison.Ordinal) || said.Contains("Bad session key", StringComparison.Ordinal)
            ? new HoldfastException(
                FailureKind.WrongKey,
                Origin is null ? "the archive passphrase does not open the archive" : $"the archive passphrase does not open the archive; it came from {Origin}",
                "it is another one than the repository's, and nobody can find it again: look where it was kept. If it is surely right, the archive is damaged at its beginning")
            : Damaged($"it is truncated or was tampered with: gpg says {Complaint(said)}");
    }

    private static HoldfastException Damaged(string why) =>
        new(FailureKind.Damaged, $"the encrypted archive is refused: {why}", "use another archive");

    private static string Complaint(string said)
    {
        const int Longest = 300;
        var lines = said.Split('\n').Where(line => line.StartsWith("gpg:", StringComparison.Ordinal)).Select(line => line["gpg:".Length..].Trim());
        return Quoted.Escape(string.Join("; ", lines), Longest);
    }
}
