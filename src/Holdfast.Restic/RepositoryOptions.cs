using Holdfast.Restic.Chunking;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Keys;

namespace Holdfast.Restic;

/// <summary>How a new repository is made.</summary>
public sealed record RepositoryOptions
{
    /// <summary>1 or 2; 2 compresses. Version 1 exists for tests of compatibility and for sharing with very old programs.</summary>
    public int Version { get; init; } = 2;

    public ScryptParameters KeyCost { get; init; } = ScryptParameters.Default;

    /// <summary>Null draws a random one; give another repository's to deduplicate across copies.</summary>
    public Polynomial? ChunkerPolynomial { get; init; }
}
