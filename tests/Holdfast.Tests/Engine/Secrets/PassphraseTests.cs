using System.Text;
using Holdfast.Engine.Secrets;
using Xunit;

namespace Holdfast.Tests.Engine.Secrets;

public sealed class PassphraseTests
{
    [Fact]
    public void Never_prints_its_content()
    {
        using var passphrase = new Passphrase("secret"u8);

        Assert.Equal("passphrase", passphrase.ToString());
        Assert.Equal("passphrase", $"{passphrase}");
        Assert.DoesNotContain("115", new PassphraseSource.Literal("secret"u8.ToArray()).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Is_wiped_on_dispose()
    {
        var passphrase = new Passphrase("secret"u8);
        var view = passphrase.Bytes;

        passphrase.Dispose();

        Assert.Equal(new byte[6], view.ToArray());
        Assert.Throws<ObjectDisposedException>(() => passphrase.Bytes.Length);
    }

    [Fact]
    public void Is_never_empty()
    {
        Assert.Throws<ArgumentException>(() => new Passphrase([]));
    }

    [Fact]
    public void A_generated_one_has_six_groups_of_five_and_no_doubtful_characters()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var used = new HashSet<char>();
        for (var i = 0; i < 200; i++)
        {
            using var passphrase = PassphraseGenerator.Generate();
            var text = Encoding.UTF8.GetString(passphrase.Bytes);
            Assert.Matches("^([a-hjkmnp-z2-9]{5}-){5}[a-hjkmnp-z2-9]{5}$", text);
            Assert.True(seen.Add(text));
            used.UnionWith(text);
        }

        Assert.True(30 * Math.Log2(PassphraseGenerator.Alphabet.Length) >= 128);
        Assert.Equal(PassphraseGenerator.Alphabet.Length + 1, used.Count);
    }

    [Theory]
    [InlineData("a b  c", new[] { "a", "b", "c" })]
    [InlineData(" 'a b'c \"\" \"it's\" ", new[] { "a bc", "", "it's" })]
    [InlineData("a\\ b $HOME *", new[] { "a\\", "b", "$HOME", "*" })]
    public void A_command_line_is_split_without_a_shell(string line, string[] words)
    {
        Assert.Equal(words, CommandWords.Split(line));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("'' a")]
    [InlineData("a 'b")]
    public void A_command_line_that_names_nothing_or_is_open_is_refused(string line)
    {
        Assert.NotNull(CommandWords.TrySplit(line, out _));
    }
}
