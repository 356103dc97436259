using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Output;
using Holdfast.Engine.Copying;
using Holdfast.Engine.Drills;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary>A repository whose snapshots are listed, with what is known of drills there: a proof is of the bytes of one repository.</summary>
internal sealed record ListedRepository(string Name, SnapshotListing Listing, ProofBook Proofs);

/// <summary>A line of the list: a restore point, with the repositories that have it.</summary>
internal sealed class ListedSnapshot(SpreadSnapshot<ListedRepository> spread)
{
    /// <summary>The copy that stands for all: a proven one, where there is any.</summary>
    private readonly (ListedRepository At, StoredSnapshot Stored) _shown =
        spread.Copies.FirstOrDefault(copy => copy.At.Proofs.IsProven(copy.Stored)) is { At: not null } proven ? proven : spread.Copies[0];

    /// <summary>By its ID in the first repository that has it.</summary>
    internal StoredSnapshot Stored => spread.First;

    internal string Repositories => string.Join(", ", spread.Copies.Select(copy => copy.At.Name));

    internal bool Matches(RestorePointFilter filter) => spread.Copies.Any(copy => filter.Matches(copy.Stored, copy.At.Proofs.IsProven));

    /// <summary>Where it is proven, when not everywhere; where a drill failed, when it is proven nowhere.</summary>
    internal string Proven()
    {
        var proven = spread.Copies.Where(copy => copy.At.Proofs.IsProven(copy.Stored)).Select(copy => copy.At.Name).ToList();
        if (proven.Count > 0) return proven.Count == spread.Copies.Count ? "yes" : $"in {string.Join(", ", proven)}";
        return _shown.At.Proofs.Word(_shown.Stored) is "no" && spread.Copies.Any(copy => copy.At.Proofs.HasFailed(copy.Stored)) ? "FAILED" : _shown.At.Proofs.Word(_shown.Stored);
    }

    /// <param name="namesRepositories">There are several.</param>
    internal SnapshotListItem Document(bool namesRepositories) => SnapshotDocuments.Of(_shown.Stored, _shown.At.Proofs) with
    {
        Id = Stored.Id.ToString(),
        ShortId = Stored.Id.Short,
        Repositories = namesRepositories
            ? [.. spread.Copies.Select(copy => new SnapshotPlaceDocument(
                copy.At.Name, copy.Stored.Id.ToString(), copy.At.Proofs.IsProven(copy.Stored), copy.At.Proofs.HasFailed(copy.Stored)))]
            : [],
    };
}
