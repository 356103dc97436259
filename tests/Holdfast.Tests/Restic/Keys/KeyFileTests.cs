using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Xunit;

namespace Holdfast.Tests.Restic.Keys;

public sealed class KeyFileTests
{
    private static readonly byte[] Right = "right"u8.ToArray();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_key_of_the_vector_repository_unwraps()
    {
        using var key = KeyFile.Parse(Encoding.UTF8.GetBytes(VectorRepository.Key)).TryUnwrap(Encoding.UTF8.GetBytes(VectorRepository.Passphrase))!;

        Assert.Equal("668b5a6b05df31dcd96f6d6757cd29149f59dd2e8a3a8b4fde0c57cb3aeebf69", Convert.ToHexStringLower(key.Encrypt));
        Assert.Equal("3d84619c7c1f0e1283ef3963cc55a6df", Convert.ToHexStringLower(key.MacK));
        Assert.Equal("13a1c60d087989029c236400e0d88c01", Convert.ToHexStringLower(key.MacR));
    }

    [Fact]
    public void A_wrapped_key_unwraps_with_its_passphrase_only_and_is_written_as_restic_writes_it()
    {
        using var master = MasterKey.Generate();
        var json = KeyFile.Wrap(master, Right, new ScryptParameters(16, 8, 1), Timestamp.Parse("2026-01-01T00:00:00Z"), "user", "host").Serialize();

        var file = KeyFile.Parse(json);

        using var opened = file.TryUnwrap(Right)!;
        Assert.True(opened.Encrypt.SequenceEqual(master.Encrypt) && opened.MacK.SequenceEqual(master.MacK) && opened.MacR.SequenceEqual(master.MacR));
        Assert.Null(file.TryUnwrap("wrong"u8));
        Assert.Null(file.TryUnwrap(default));
        var fields = JsonNode.Parse(json)!.AsObject().Select(field => field.Key);
        Assert.Equal(["created", "username", "hostname", "kdf", "N", "r", "p", "salt", "data"], fields);
        Assert.DoesNotContain("\\u002B", Encoding.UTF8.GetString(json), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("kdf", "\"pbkdf2\"")]
    [InlineData("kdf", "null")]
    [InlineData("N", "1000")]
    [InlineData("N", "1099511627776")]
    [InlineData("N", "\"16\"")]
    [InlineData("r", "0")]
    [InlineData("p", "-1")]
    [InlineData("salt", "\"AAAA\"")]
    [InlineData("salt", "null")]
    [InlineData("salt", "\"not base64\"")]
    [InlineData("data", "\"AAAA\"")]
    [InlineData("data", "null")]
    public void A_key_file_with_a_bad_field_is_damaged(string field, string value)
    {
        var json = JsonNode.Parse(VectorRepository.Key)!.AsObject();
        json[field] = JsonNode.Parse(value);
        Failing.Throws(FailureKind.Damaged, () => KeyFile.Parse(Encoding.UTF8.GetBytes(json.ToJsonString())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"created\":")]
    public void What_is_no_key_file_is_damaged(string json) => Failing.Throws(FailureKind.Damaged, () => KeyFile.Parse(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"mac":{"k":"AAAA","r":"AAAA"},"encrypt":"AAAA"}""")]
    [InlineData("""{"mac":null,"encrypt":"AAAA"}""")]
    [InlineData("null")]
    [InlineData("no JSON, but long enough to be sealed")]
    public void A_key_file_that_opens_to_no_master_key_is_damaged(string content)
    {
        var cost = new ScryptParameters(16, 8, 1);
        var salt = new byte[64];
        var material = new byte[MasterKey.Size];
        Scrypt.Derive(Right, salt, cost, material);
        using var sealer = new Sealer(new MasterKey(material));
        var sealedContent = new byte[Encoding.UTF8.GetByteCount(content) + Sealer.Overhead];
        sealer.Seal(Encoding.UTF8.GetBytes(content), sealedContent);
        var file = new KeyFile { Created = "", Kdf = "scrypt", N = 16, R = 8, P = 1, Salt = salt, Sealed = sealedContent };

        Failing.Throws(FailureKind.Damaged, () => KeyFile.Parse(file.Serialize()).TryUnwrap(Right));
    }

    [Fact]
    public async Task Each_of_several_passphrases_opens_the_repository()
    {
        var backend = new MemoryBackend();
        await backend.WriteAsync(FileHandle.Config, Convert.FromBase64String(VectorRepository.Config), Token);
        using var master = KeyFile.Parse(Encoding.UTF8.GetBytes(VectorRepository.Key)).TryUnwrap(Encoding.UTF8.GetBytes(VectorRepository.Passphrase))!;
        foreach (var passphrase in new[] { "one", "two", "three" })
        {
            var json = KeyFile.Wrap(master, Encoding.UTF8.GetBytes(passphrase), new ScryptParameters(16, 8, 1), Timestamp.Unset, "u", "h").Serialize();
            await backend.WriteAsync(new FileHandle(FileType.Key, Id.Of(json)), json, Token);
        }

        foreach (var passphrase in new[] { "one", "two", "three" })
            (await Repository.OpenAsync(backend, Encoding.UTF8.GetBytes(passphrase), Token)).Dispose();
        await Failing.ThrowsAsync(FailureKind.WrongKey, () => Repository.OpenAsync(backend, "four"u8.ToArray(), Token));

        // A damaged key file beside them does not stop the others, and is told when none fits.
        await backend.WriteAsync(new FileHandle(FileType.Key, Id.Of([1])), "{}"u8.ToArray(), Token);
        (await Repository.OpenAsync(backend, "two"u8.ToArray(), Token)).Dispose();
        await Failing.ThrowsAsync(FailureKind.Damaged, () => Repository.OpenAsync(backend, "four"u8.ToArray(), Token));
    }
}
