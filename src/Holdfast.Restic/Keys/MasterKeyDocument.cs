using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Holdfast.Restic.Crypto;

namespace Holdfast.Restic.Keys;

/// <summary>The JSON of a master key inside a key file: <c>{"mac":{"k":…,"r":…},"encrypt":…}</c> in base64 (section 3.2).</summary>
internal sealed record MasterKeyDocument
{
    [JsonPropertyName("mac")]
    public required MacPart Mac { get; init; }

    [JsonPropertyName("encrypt")]
    public required byte[] Encrypt { get; init; }

    internal static MasterKeyDocument From(MasterKey key) => new()
    {
        Mac = new MacPart { K = key.MacK.ToArray(), R = key.MacR.ToArray() },
        Encrypt = key.Encrypt.ToArray(),
    };

    internal MasterKey ToKey()
    {
        if (Encrypt.Length != 32 || Mac.K.Length != 16 || Mac.R.Length != 16) throw new CryptographicException("a part of the key has the wrong length");
        return new MasterKey([.. Encrypt, .. Mac.K, .. Mac.R]);
    }

    internal sealed record MacPart
    {
        [JsonPropertyName("k")]
        public required byte[] K { get; init; }

        [JsonPropertyName("r")]
        public required byte[] R { get; init; }
    }
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true)]
[JsonSerializable(typeof(KeyFile))]
[JsonSerializable(typeof(MasterKeyDocument))]
internal sealed partial class KeyJson : JsonSerializerContext;
