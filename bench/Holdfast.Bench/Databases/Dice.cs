namespace Holdfast.Bench.Databases;

/// <summary>
/// Random numbers that are the same on every machine and version for one seed: SplitMix64 (Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014).
/// </summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>0 to <paramref name="limit"/> - 1.</summary>
    public int Below(int limit) => (int)(((Next() >> 32) * (ulong)limit) >> 32);

    public int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>0 up to, but without, 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Small numbers often, large ones seldom: exponential, with the given mean.</summary>
    public int Skewed(double mean, int most) => (int)Math.Min(most, -Math.Log(1 - Fraction()) * mean);

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    /// <summary>Lower-case hexadecimal digits.</summary>
    public string Hex(int digits) => string.Create(digits, this, static (text, dice) =>
    {
        for (var i = 0; i < text.Length; i++) text[i] = "0123456789abcdef"[dice.Below(16)];
    });
}
