using Holdfast.Engine.Files;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.EndToEnd.Restic;

/// <summary>Finds folders in snapshots.</summary>
internal static class StoredFolder
{
    /// <summary>The tree of an absolute path below the root tree of a snapshot.</summary>
    public static async Task<Id> TreeOfAsync(Repository repository, Id root, string path)
    {
        var token = TestContext.Current.CancellationToken;
        var reader = new BlobReader(repository, await repository.LoadIndexAsync(token));
        foreach (var component in FilePath.From(path).Components)
        {
            var nodes = await reader.ReadTreeAsync(root, token);
            root = nodes.Single(node => node.Name.Span.SequenceEqual(component.Span)).Subtree!.Value;
        }

        return root;
    }
}
