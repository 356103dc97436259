using System.Text;
using Holdfast.Restic.Crypto;
using Xunit;

namespace Holdfast.Tests.Restic.Crypto;

public sealed class ScryptTests
{
    [Theory]
    [InlineData("", "", 16, 1, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")] // RFC 7914
    [InlineData("password", "NaCl", 1024, 8, 16, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    public void Derives_the_published_keys(string passphrase, string salt, int n, int r, int p, string expected)
    {
        var key = new byte[64];
        Scrypt.Derive(Encoding.ASCII.GetBytes(passphrase), Encoding.ASCII.GetBytes(salt), new ScryptParameters(n, r, p), key);
        Assert.Equal(expected, Convert.ToHexStringLower(key));
    }

    [Theory]
    [InlineData(32768, 8, 10, true)]
    [InlineData(2, 1, 1, true)]
    [InlineData(1, 8, 1, false)]
    [InlineData(0, 8, 1, false)]
    [InlineData(-1024, 8, 1, false)]
    [InlineData(1000, 8, 1, false)]
    [InlineData(1024, 0, 1, false)]
    [InlineData(1024, 8, 0, false)]
    [InlineData(1 << 30, 8, 1, false)]
    [InlineData(1024, 1 << 20, 1 << 20, false)]
    public void Bounds_what_a_key_file_may_ask_for(int n, int r, int p, bool acceptable) =>
        Assert.Equal(acceptable, new ScryptParameters(n, r, p).IsAcceptable);
}
