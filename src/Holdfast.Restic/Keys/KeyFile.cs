using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Keys;

/// <summary>A key file: the master key, sealed under a key that scrypt derives from a passphrase (section 3.2). Plain JSON, fields in the format's order.</summary>
internal sealed record KeyFile
{
    private const int SaltSize = 64;

    [JsonPropertyName("created")]
    public required string Created { get; init; }

    [JsonPropertyName("username")]
    public string Username { get; init; } = string.Empty;

    [JsonPropertyName("hostname")]
    public string Hostname { get; init; } = string.Empty;

    [JsonPropertyName("kdf")]
    public required string Kdf { get; init; }

    [JsonPropertyName("N")]
    public int N { get; init; }

    [JsonPropertyName("r")]
    public int R { get; init; }

    [JsonPropertyName("p")]
    public int P { get; init; }

    [JsonPropertyName("salt")]
    public required byte[] Salt { get; init; }

    [JsonPropertyName("data")]
    public required byte[] Sealed { get; init; }

    /// <summary>Wraps a master key under a passphrase.</summary>
    internal static KeyFile Wrap(MasterKey master, ReadOnlySpan<byte> passphrase, ScryptParameters cost, Timestamp now, string user, string host)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        using var userKey = Derive(passphrase, salt, cost);
        using var sealer = new Sealer(userKey);
        var json = JsonSerializer.SerializeToUtf8Bytes(MasterKeyDocument.From(master), KeyJson.Default.MasterKeyDocument);
        var container = new byte[json.Length + Sealer.Overhead];
        sealer.Seal(json, container);
        CryptographicOperations.ZeroMemory(json);
        return new KeyFile
        {
            Created = now.ToString(),
            Username = user,
            Hostname = host,
            Kdf = "scrypt",
            N = cost.N,
            R = cost.R,
            P = cost.P,
            Salt = salt,
            Sealed = container,
        };
    }

    /// <exception cref="HoldfastException">Damaged: not a key file, or one this version cannot read.</exception>
    internal static KeyFile Parse(ReadOnlySpan<byte> json)
    {
        KeyFile? file;
        try
        {
            file = JsonSerializer.Deserialize(json, KeyJson.Default.KeyFile);
        }
        catch (JsonException error)
        {
            throw new HoldfastException(FailureKind.Damaged, "the key file does not parse", null, error);
        }

        if (file is null) throw new HoldfastException(FailureKind.Damaged, "the key file does not parse");
        if (file.Kdf != "scrypt") throw new HoldfastException(FailureKind.Damaged, "the key file uses a key derivation other than scrypt");
        if (file.Salt.Length != SaltSize) throw new HoldfastException(FailureKind.Damaged, "the key file's salt is not 64 bytes");
        if (file.Sealed.Length < Sealer.Overhead) throw new HoldfastException(FailureKind.Damaged, "the key file holds too little to be a master key");
        if (!new ScryptParameters(file.N, file.R, file.P).IsAcceptable)
            throw new HoldfastException(FailureKind.Damaged, "the key file's scrypt parameters are out of bounds");
        return file;
    }

    internal byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this, KeyJson.Default.KeyFile);

    /// <summary>The master key, or null when the passphrase is not this file's.</summary>
    /// <exception cref="HoldfastException">Damaged: the MAC fits but the content is no master key.</exception>
    internal MasterKey? TryUnwrap(ReadOnlySpan<byte> passphrase)
    {
        using var userKey = Derive(passphrase, Salt, new ScryptParameters(N, R, P));
        using var sealer = new Sealer(userKey);
        var json = new byte[Math.Max(0, Sealed.Length - Sealer.Overhead)];
        if (!sealer.TryOpen(Sealed, json)) return null;
        try
        {
            return JsonSerializer.Deserialize(json, KeyJson.Default.MasterKeyDocument)?.ToKey()
                ?? throw new HoldfastException(FailureKind.Damaged, "the key file holds no master key");
        }
        catch (Exception error) when (error is JsonException or CryptographicException)
        {
            throw new HoldfastException(FailureKind.Damaged, "the key file holds no valid master key", null, error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
        }
    }

    private static MasterKey Derive(ReadOnlySpan<byte> passphrase, byte[] salt, ScryptParameters cost)
    {
        Span<byte> material = stackalloc byte[MasterKey.Size];
        Scrypt.Derive(passphrase, salt, cost, material);
        var key = new MasterKey(material);
        CryptographicOperations.ZeroMemory(material);
        return key;
    }
}
