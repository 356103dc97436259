using System.Numerics;

namespace Holdfast.Restic.Crypto;

/// <summary>The cost of scrypt: N (a power of two), r, p. Memory is 128·N·r bytes. Section 3.2.</summary>
public readonly record struct ScryptParameters(int N, int R, int P)
{
    /// <summary>
    /// What new keys get: 32 MiB and about a quarter of a second on a current core; OWASP's equivalent of N = 2^17 with p = 1 at a quarter of the memory.
    /// </summary>
    public static ScryptParameters Default { get; } = new(32768, 8, 3);

    /// <summary>
    /// For a passphrase that was drawn at random with 128 bits or more: stretching adds nothing to what cannot be guessed, so opening the repository
    /// need not wait for it. 16 MiB, a few hundredths of a second.
    /// </summary>
    public static ScryptParameters ForRandomPassphrase { get; } = new(16384, 8, 1);

    /// <summary>The bounds restic accepts; beyond them a hostile key file could ask for any amount of memory.</summary>
    public bool IsAcceptable =>
        N > 1 && BitOperations.IsPow2(N) && R > 0 && P > 0
        && (long)R * P < 1 << 30
        && 128L * R * N <= int.MaxValue
        && 128L * R * P <= int.MaxValue;
}
