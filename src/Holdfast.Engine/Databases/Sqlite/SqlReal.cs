using System.Globalization;
using System.Numerics;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// Floating-point numbers as SQL that every SQLite reads back bit for bit. SQLite's own conversion from decimal has changed between versions
/// and does not always round to the nearest; where that could matter the number is written as an integer times powers of two, which is exact.
/// </summary>
internal static class SqlReal
{
    private const int MantissaBits = 52;
    private const int ExponentBias = 1075;

    /// <summary>Powers of ten up to this one are exact in a double, and so in everything SQLite computes with.</summary>
    private const int ExactPowerOfTen = 22;

    /// <summary>A decimal this close to the middle between two doubles (relative, as a power of two) may go either way.</summary>
    private const int MarginBits = 60;

    internal static string Text(double value)
    {
        if (double.IsNaN(value)) return "NULL"; // as SQLite itself stores it
        if (double.IsInfinity(value)) return value > 0 ? "9e999" : "-9e999";
        if (value == 0) return double.IsNegative(value) ? "-0.0" : "0.0";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return IsSafe(text, Math.Abs(value)) ? text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0" : Exact(value);
    }

    private static bool IsSafe(string text, double value)
    {
        var (digits, power) = Parse(text);
        if (Math.Abs(power) > ExactPowerOfTen) return false;
        var (mantissa, exponent) = Split(value);
        // The decimal is numerator / denominator; the middles are at (2m ± 1) · 2^(e-1), below a power of two at (4m - 1) · 2^(e-2).
        var scale = BigInteger.Pow(10, Math.Abs(power));
        var numerator = power > 0 ? digits * scale : digits;
        var denominator = power > 0 ? BigInteger.One : scale;
        return IsFar(numerator, denominator, (2 * mantissa) + 1, exponent - 1)
            && IsFar(numerator, denominator, (2 * mantissa) - 1, exponent - 1)
            && IsFar(numerator, denominator, (4 * mantissa) - 1, exponent - 2);
    }

    private static bool IsFar(BigInteger numerator, BigInteger denominator, BigInteger middle, int power)
    {
        var left = power < 0 ? numerator << -power : numerator;
        var right = middle * denominator << Math.Max(power, 0);
        return BigInteger.Abs(left - right) << MarginBits > left;
    }

    private static (BigInteger Digits, int Power) Parse(string text)
    {
        var at = text.IndexOf('E', StringComparison.Ordinal);
        var mantissa = (at < 0 ? text : text[..at]).TrimStart('-');
        var power = at < 0 ? 0 : int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0) power -= mantissa.Length - point - 1;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        return (BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture), power);
    }

    private static (long Mantissa, int Exponent) Split(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)(bits >> MantissaBits) & 0x7FF;
        var mantissa = bits & ((1L << MantissaBits) - 1);
        return exponent == 0 ? (mantissa, 1 - ExponentBias) : (mantissa | (1L << MantissaBits), exponent - ExponentBias);
    }

    private static string Exact(double value)
    {
        const int Largest = 62;
        var (mantissa, exponent) = Split(Math.Abs(value));
        var zeros = BitOperations.TrailingZeroCount(mantissa);
        mantissa >>= zeros;
        exponent += zeros;
        var sign = value < 0 ? "-" : "";
        var text = string.Create(CultureInfo.InvariantCulture, $"CAST({sign}{mantissa} AS REAL)");
        var operation = exponent < 0 ? '/' : '*';
        for (var left = Math.Abs(exponent); left > 0; left -= Largest)
            text += string.Create(CultureInfo.InvariantCulture, $"{operation}{1L << Math.Min(left, Largest)}");
        return text;
    }
}
