using System.Security.Cryptography;

namespace Holdfast.Engine.Secrets;

/// <summary>The bytes of a passphrase, wiped from memory on dispose.</summary>
public sealed class Passphrase : IDisposable
{
    private readonly byte[] _bytes;
    private bool _isDisposed;

    /// <param name="bytes">At least one; copied, so the caller wipes its own.</param>
    /// <exception cref="ArgumentException">There are no bytes.</exception>
    public Passphrase(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            throw new ArgumentException("a passphrase cannot be empty", nameof(bytes));
        }

        // Pinned, so that the collector leaves no copies behind that nobody wipes.
        _bytes = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(_bytes);
    }

    /// <summary>Where it came from, in words for a person: <c>the environment variable "NAME"</c>. Null when nobody need be told.</summary>
    public string? Origin { get; init; }

    /// <summary>UTF-8 as a rule; whatever the source gave.</summary>
    /// <exception cref="ObjectDisposedException">The bytes were wiped.</exception>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _bytes;
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => "passphrase";
}
