namespace Holdfast.Restic.Chunking;

/// <summary>
/// What the rolling hash of one polynomial looks up (section 8). Costs a few hundred microseconds to make: keep one per repository.
/// </summary>
public sealed class RabinTables
{
    /// <summary>Bytes the rolling hash covers.</summary>
    public const int WindowSize = 64;

    /// <summary>How far the digest is shifted to give the index into <see cref="Mod"/>.</summary>
    internal const int DigestShift = Polynomial.ChunkerDegree - 8;

    /// <param name="polynomial">Irreducible, of degree 53.</param>
    /// <exception cref="ArgumentException">The degree is another.</exception>
    public RabinTables(Polynomial polynomial)
    {
        if (polynomial.Degree != Polynomial.ChunkerDegree)
            throw new ArgumentException("a chunker's polynomial has degree 53", nameof(polynomial));
        Polynomial = polynomial;
        for (var value = 0; value < 256; value++)
        {
            var high = new Polynomial((ulong)value << Polynomial.ChunkerDegree);
            Mod[value] = high.Mod(polynomial).Bits | high.Bits;
        }

        for (var value = 0; value < 256; value++)
        {
            // value * X^(8 * 64) mod P: what the oldest byte adds up to by the time the next byte has been shifted in.
            var contribution = (ulong)value;
            for (var i = 0; i < WindowSize; i++) contribution = Append(contribution, 0);
            Out[value] = contribution;
        }
    }

    public Polynomial Polynomial { get; }

    /// <summary>Reduces the top eight bits and clears them, in one exclusive or.</summary>
    internal ulong[] Mod { get; } = new ulong[256];

    /// <summary>
    /// The contribution of the byte that leaves the window, after the shift that lets the next one in. The format gives it before that shift;
    /// since the hash is linear, taking it out afterwards is the same and keeps this lookup off the critical path.
    /// </summary>
    internal ulong[] Out { get; } = new ulong[256];

    /// <summary>Shifts a byte into a digest without letting one out.</summary>
    internal ulong Append(ulong digest, byte value) => ((digest << 8) | value) ^ Mod[digest >> DigestShift];
}
