using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Trees;

namespace Holdfast.Restic.Checking;

/// <summary>Reads trees from the packs that the index lists or, failing that, from those it should list.</summary>
internal sealed class StoredTrees(Repository repository, ListedPacks listed, UnlistedPacks unlisted)
{
    private readonly BlobReader _listed = new(repository, listed.Index);
    private readonly BlobReader _unlisted = new(repository, unlisted.Index);

    /// <summary>What the index lists.</summary>
    internal BlobIndex Index => listed.Index;

    internal UnlistedPacks Unlisted => unlisted;

    /// <exception cref="HoldfastException">No copy can be read, or it is no tree.</exception>
    internal Task<IReadOnlyList<Node>> ReadAsync(Id tree, CancellationToken cancellationToken) =>
        (listed.Index.Contains(new BlobHandle(BlobType.Tree, tree)) ? _listed : _unlisted).ReadTreeAsync(tree, cancellationToken);
}
