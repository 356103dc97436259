using System.Globalization;
using FsCheck.Fluent;
using Holdfast.Restic.Chunking;
using Xunit;

namespace Holdfast.Tests.Restic.Chunking;

public sealed class PolynomialTests
{
    [Theory]
    [InlineData("3da3358b4dc173", true)]
    [InlineData("2482734cacca49", true)]
    [InlineData("38f1e565e288df", false)]
    [InlineData("30a8295b9d5c91", false)]
    [InlineData("255f4350b962cb", false)]
    [InlineData("267f776110a235", false)]
    [InlineData("2f4dae10d41227", false)]
    [InlineData("312daf4b284899", false)]
    [InlineData("29dfb6553d01d1", false)]
    [InlineData("3548245eb26257", false)]
    [InlineData("7", true)]
    [InlineData("5", false)]
    [InlineData("2", true)]
    [InlineData("1", false)]
    [InlineData("0", false)]
    public void Irreducibility_is_decided(string hex, bool irreducible) => Assert.Equal(irreducible, Of(hex).IsIrreducible);

    [Theory]
    [InlineData("3da3358b4dc173", "230d2259defd", "1")]
    [InlineData("230d2259defd", "51b492b3eff2", "13")]
    public void Greatest_common_divisors(string one, string other, string divisor)
    {
        Assert.Equal(Of(divisor), Polynomial.Gcd(Of(one), Of(other)));
        Assert.Equal(Of(divisor), Polynomial.Gcd(Of(other), Of(one)));
    }

    [Fact]
    public void Products_are_reduced() => Assert.Equal(Of("22"), Of("1230").MultiplyMod(Of("230"), Of("55")));

    [Fact]
    public void Degrees_count_from_zero()
    {
        Assert.Equal(-1, Of("0").Degree);
        Assert.Equal(0, Of("1").Degree);
        Assert.Equal(53, Of("3da3358b4dc173").Degree);
    }

    [Fact]
    public void Random_polynomials_fit_the_chunker()
    {
        var polynomial = Polynomial.RandomIrreducible();
        Assert.Equal(Polynomial.ChunkerDegree, polynomial.Degree);
        Assert.True(polynomial.IsIrreducible);
        Assert.Equal(polynomial, Of(polynomial.ToString()));
        Assert.NotEqual(polynomial, Polynomial.RandomIrreducible());
    }

    [Fact]
    public void Multiplication_commutes_and_distributes() => Property.Check(
        Gen.Choose(0, int.MaxValue).Select(bits => new Polynomial((ulong)bits * 0x9E3779B97F4A7C15)).Three(),
        300,
        p =>
        {
            var (a, b, c) = p;
            var divisor = Of("3da3358b4dc173");
            return a.MultiplyMod(b, divisor) == b.MultiplyMod(a, divisor)
                && a.MultiplyMod(b.Add(c), divisor) == a.MultiplyMod(b, divisor).Add(a.MultiplyMod(c, divisor));
        });

    [Fact]
    public void Other_degrees_make_no_chunker() => Assert.Throws<ArgumentException>(() => new RabinTables(Of("7")));

    private static Polynomial Of(string hex) => new(ulong.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
