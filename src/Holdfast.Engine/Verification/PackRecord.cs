namespace Holdfast.Engine.Verification;

/// <summary>What is known of a pack.</summary>
/// <param name="Seen">When it was first seen here.</param>
/// <param name="Verified">When it was last read and found good; null for never.</param>
public sealed record PackRecord(DateTimeOffset Seen, DateTimeOffset? Verified);
