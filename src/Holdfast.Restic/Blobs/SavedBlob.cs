using Holdfast.Restic.Format;

namespace Holdfast.Restic.Blobs;

/// <summary>What saving a blob came to.</summary>
/// <param name="Id">The SHA-256 of the plaintext.</param>
/// <param name="IsNew">False when the repository had it already.</param>
/// <param name="StoredLength">Bytes added to the repository, overhead included; 0 when it was there.</param>
public readonly record struct SavedBlob(Id Id, bool IsNew, int StoredLength);
