using System.Text;
using Holdfast.Restic;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic.Format;

public sealed class RepositoryConfigTests
{
    private const string Vector =
        """{"version":2,"id":"4a0bc033ad302376dd6329dff185b41dfb2e59dc0812d4c1630bf5c775756920","chunker_polynomial":"2bb4c67eb40c85"}""";

    private const string Identity = "\"id\":\"4a0bc033ad302376dd6329dff185b41dfb2e59dc0812d4c1630bf5c775756920\"";

    [Fact]
    public void The_config_of_the_test_vector_is_read_and_written()
    {
        var config = Parse(Vector);
        Assert.Equal(2, config.Version);
        Assert.Equal("4a0bc033ad302376dd6329dff185b41dfb2e59dc0812d4c1630bf5c775756920", config.Id.ToString());
        Assert.Equal(new Polynomial(0x2bb4c67eb40c85), config.ChunkerPolynomial);
        Assert.Equal(Vector, Encoding.UTF8.GetString(config.Serialize()));
    }

    [Fact]
    public void A_new_config_is_read_again()
    {
        var config = new RepositoryConfig(2, Id.Random(), Polynomial.RandomIrreducible());
        Assert.Equal(config, RepositoryConfig.Parse(config.Serialize()));
    }

    [Fact]
    public void Version_1_and_unknown_fields_are_read() =>
        Assert.Equal(1, Parse($$$"""{"is_hot":true,"version":1,{{{Identity}}},"chunker_polynomial":"3da3358b4dc173","chunker":{"a":[]}}""").Version);

    [Theory]
    [InlineData("3")]
    [InlineData("18446744073709551615")]
    public void Newer_versions_are_refused_by_name(string version)
    {
        var e = Assert.Throws<HoldfastException>(() => Parse(Vector.Replace("\"version\":2", $"\"version\":{version}", StringComparison.Ordinal)));
        Assert.Equal(FailureKind.Failed, e.Kind);
        Assert.Contains("newer version", e.Message, StringComparison.Ordinal);
        Assert.Contains(version, e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Hint);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{}", "version")]
    [InlineData("{\"version\":-1}", "decode")]
    [InlineData("{\"version\":2", "decode")]
    [InlineData("{\"version\":2,\"chunker_polynomial\":\"3da3358b4dc173\"}", "ID")]
    [InlineData("{\"version\":2," + Identity + "}", "hexadecimal")]
    [InlineData("{\"version\":2," + Identity + ",\"chunker_polynomial\":\"0x3\"}", "hexadecimal")]
    [InlineData("{\"version\":2," + Identity + ",\"chunker_polynomial\":\"38f1e565e288df\"}", "irreducible")]
    [InlineData("{\"version\":2," + Identity + ",\"chunker_polynomial\":\"7\"}", "irreducible")]
    public void Damaged_configs_say_what_is_wrong(string json, string word)
    {
        var e = Assert.Throws<HoldfastException>(() => Parse(json));
        Assert.Equal(FailureKind.Damaged, e.Kind);
        Assert.Contains(word, e.Message, StringComparison.Ordinal);
    }

    private static RepositoryConfig Parse(string json) => RepositoryConfig.Parse(Encoding.UTF8.GetBytes(json));
}
