using Holdfast.Restic.Format;

namespace Holdfast.Restic.Keys;

/// <summary>A key file of a repository. What it says of its maker is readable, and writable, by anybody who can reach the storage.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Created">As it stands in the file; null when that is no time.</param>
/// <param name="UserName">Who made it; may hold anything.</param>
/// <param name="HostName">Where it was made; may hold anything.</param>
/// <param name="IsInUse">The one that this process has opened the repository with.</param>
public sealed record StoredKey(Id Id, Timestamp? Created, string UserName, string HostName, bool IsInUse);

/// <summary>The keys of a repository.</summary>
/// <param name="Readable">Oldest first.</param>
/// <param name="Damaged">Files in keys/ that are no key.</param>
public sealed record KeyListing(IReadOnlyList<StoredKey> Readable, IReadOnlyList<DamagedKey> Damaged);

/// <summary>A file in keys/ that is no key, and why.</summary>
public sealed record DamagedKey(Id Id, string Why);
