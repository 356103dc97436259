using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Holdfast.Restic.Chunking;

/// <summary>
/// A polynomial over GF(2): bit i is the coefficient of X^i (section 8). A repository's chunker is set apart by an irreducible one of degree 53,
/// so that the places where its files are cut say nothing about their content.
/// </summary>
public readonly record struct Polynomial(ulong Bits)
{
    /// <summary>The degree of every repository's polynomial.</summary>
    public const int ChunkerDegree = 53;

    /// <summary>The highest exponent; -1 for zero.</summary>
    public int Degree => 63 - BitOperations.LeadingZeroCount(Bits);

    /// <summary>Whether it has no divisors but itself and 1 (Ben-Or's test).</summary>
    public bool IsIrreducible
    {
        get
        {
            if (Degree < 1) return false;
            var x = new Polynomial(0b10).Mod(this);
            var power = x;
            for (var i = 1; i <= Degree / 2; i++)
            {
                power = power.MultiplyMod(power, this);
                if (Gcd(this, power.Add(x)).Bits != 1) return false;
            }

            return true;
        }
    }

    /// <summary>A random irreducible polynomial of <see cref="ChunkerDegree"/>.</summary>
    public static Polynomial RandomIrreducible()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        while (true)
        {
            RandomNumberGenerator.Fill(bytes);
            var candidate = FromRandom(BitConverter.ToUInt64(bytes));
            if (candidate.IsIrreducible) return candidate;
        }
    }

    public static Polynomial Gcd(Polynomial one, Polynomial other)
    {
        while (other.Bits != 0) (one, other) = (other, one.Mod(other));
        return one;
    }

    /// <summary>Reads lower-case hexadecimal digits without prefix and leading zeros, as the config has them.</summary>
    public static bool TryParse(string text, out Polynomial polynomial)
    {
        var parsed = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits);
        polynomial = new Polynomial(bits);
        return parsed;
    }

    /// <summary>The sum, which over GF(2) is the difference too.</summary>
    public Polynomial Add(Polynomial other) => new(Bits ^ other.Bits);

    public Polynomial Mod(Polynomial divisor)
    {
        if (divisor.Bits == 0) throw new DivideByZeroException();
        var rest = this;
        while (rest.Degree >= divisor.Degree) rest = new Polynomial(rest.Bits ^ (divisor.Bits << (rest.Degree - divisor.Degree)));
        return rest;
    }

    /// <summary>The product reduced at each step, so that it never outgrows 64 bits.</summary>
    /// <param name="factor">Any polynomial.</param>
    /// <param name="divisor">Of degree 1 to 63.</param>
    public Polynomial MultiplyMod(Polynomial factor, Polynomial divisor)
    {
        var product = 0UL;
        var rest = Mod(divisor);
        for (var bits = factor.Bits; bits != 0; bits >>= 1)
        {
            if ((bits & 1) != 0) product ^= rest.Bits;
            rest = rest.TimesX(divisor);
        }

        return new Polynomial(product);
    }

    /// <summary>The lower-case hexadecimal digits of the config.</summary>
    public override string ToString() => Bits.ToString("x", CultureInfo.InvariantCulture);

    private static Polynomial FromRandom(ulong random) =>
        new((random & ((1UL << ChunkerDegree) - 1)) | (1UL << ChunkerDegree) | 1);

    // This is of a lower degree than the divisor, hence at most 62: the shift loses nothing.
    private Polynomial TimesX(Polynomial divisor)
    {
        var shifted = Bits << 1;
        return new Polynomial((shifted >> divisor.Degree & 1) != 0 ? shifted ^ divisor.Bits : shifted);
    }
}
