using Holdfast.Restic.Format;

namespace Holdfast.Restic.Checking;

/// <summary>What a finding costs in one snapshot.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Time">When it was made; null when the snapshot itself cannot be read.</param>
/// <param name="Paths">
/// The first paths that cannot be restored as they were, quoted so that they are safe to print; "/" is the whole snapshot.
/// </param>
/// <param name="MorePaths">How many further paths there are.</param>
public sealed record Harm(Id Snapshot, Timestamp? Time, IReadOnlyList<string> Paths, long MorePaths);
