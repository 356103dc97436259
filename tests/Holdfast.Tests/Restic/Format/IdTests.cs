using System.Text;
using FsCheck.Fluent;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic.Format;

public sealed class IdTests
{
    private const string Hex = "fbbd69198637d5360353c39796181175de6311c2a61abe2fe6392c938018660f";

    [Fact]
    public void An_id_is_the_hash_in_lower_case_hex() => Assert.Equal(Hex, Id.Of("hello restic\n"u8).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("fbbd6919")]
    [InlineData("FBBD69198637d5360353c39796181175de6311c2a61abe2fe6392c938018660f")]
    [InlineData("gbbd69198637d5360353c39796181175de6311c2a61abe2fe6392c938018660f")]
    [InlineData("fbbd69198637d5360353c39796181175de6311c2a61abe2fe6392c938018660f0")]
    [InlineData("fbbd69198637d5360353c39796181175de6311c2a61abe2fe6392c93801866é")]
    public void Nothing_but_64_lower_case_digits_is_an_id(string text)
    {
        Assert.False(Id.TryParse(text, out _));
        Assert.False(Id.TryParse(Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void Any_id_survives_both_forms_of_text() => Property.Check(Property.Byte.ArrayOf(Id.Size), 300, bytes =>
    {
        var id = new Id(bytes);
        var ascii = new byte[2 * Id.Size];
        id.FormatHex(ascii);
        return Id.TryParse(ascii, out var fromBytes) && fromBytes == id && Id.Parse(id.ToString()) == id
            && Encoding.ASCII.GetString(ascii) == id.ToString();
    });

    [Fact]
    public void Ids_are_ordered_bytewise() => Property.Check(Property.Byte.ArrayOf(Id.Size).Two(), 300, pair =>
        Math.Sign(new Id(pair.Item1).CompareTo(new Id(pair.Item2))) == Math.Sign(pair.Item1.AsSpan().SequenceCompareTo(pair.Item2)));
}
