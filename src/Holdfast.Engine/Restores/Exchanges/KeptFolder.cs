using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>A folder that the restore made, or whose metadata it changes.</summary>
internal sealed class KeptFolder(ExchangeItem item)
{
    /// <summary>The metadata of a folder as the journal keeps them.</summary>
    internal static string Describe(FilePath folder, NodeReader reader) =>
        Encoding.UTF8.GetString(TreeSerializer.Serialize([reader.Read(folder, FileSystem.Status(folder, followLinks: false)) with { Subtree = default(Holdfast.Restic.Format.Id) }]));

    /// <summary>Takes away what was made, if it is empty, or gives back the old metadata.</summary>
    internal void PutBack()
    {
        if (FileSystem.TryStatus(item.Destination, followLinks: false) is not { IsDirectory: true }) return;
        if (item.Before is null)
        {
            // What someone else put into it meanwhile is not ours to remove.
            if (DirectoryListing.Read(item.Destination).Count == 0) FileSystem.RemoveEmptyDirectory(item.Destination);
            return;
        }

        new NodeWriter().Apply(item.Destination, Node());
    }

    private Node Node()
    {
        try
        {
            return TreeParser.Parse(Encoding.UTF8.GetBytes(item.Before!)).Single();
        }
        catch (Exception error) when (error is InvalidOperationException or HoldfastException)
        {
            throw new HoldfastException(FailureKind.Damaged, $"what the journal remembers of the folder \"{item.Destination.Display}\" cannot be read", null, error);
        }
    }
}
