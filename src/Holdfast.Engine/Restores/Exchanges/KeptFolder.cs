using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>A folder that the restore made, or whose metadata it changes.</summary>
internal sealed class KeptFolder(ExchangeItem item)
{
    private readonly NodeWriter _metadata = new();

    /// <summary>The metadata of a folder that is there, as the journal keeps them.</summary>
    internal static string Describe(FilePath folder, NodeReader reader) => Describe(reader.Read(folder, FileSystem.Status(folder, followLinks: false)));

    /// <summary>The metadata of a folder of a snapshot, as the journal keeps them.</summary>
    internal static string Describe(Node folder) =>
        Encoding.UTF8.GetString(TreeSerializer.Serialize([folder with { Subtree = default(Id) }]));

    /// <summary>Gives it its metadata; what cannot be set is told and does not stop a restore.</summary>
    internal void Finish(RestoreLog log)
    {
        try
        {
            log.Metadata(_metadata.Apply(item.Destination, Parse(item.After!)));
        }
        catch (HoldfastException error)
        {
            log.Problem($"the folder \"{item.Destination.Display}\" was restored without all of its metadata: {error.Message}");
        }
    }

    /// <summary>Takes away what was made, if it is empty, or gives back the old metadata.</summary>
    /// <returns>What could not be given back.</returns>
    internal KeptOutcome PutBack()
    {
        if (FileSystem.TryStatus(item.Destination, followLinks: false) is not { IsDirectory: true }) return new KeptOutcome(null, IsBack: true);
        if (item.Before is { } before) return Outcome(_metadata.Apply(item.Destination, Parse(before)));
        RemoveIfEmpty(item.Destination);
        return new KeptOutcome(null, IsBack: true);
    }

    private KeptOutcome Outcome(MetadataResult result)
    {
        string?[] parts =
        [
            result.OwnerNotPermitted ? "its owner (only root may set that)" : null,
            .. result.AttributesNotPermitted.Concat(result.AttributesNotSupported).Select(name => $"the extended attribute \"{PrintableName.Escape(name)}\""),
        ];
        var missing = string.Join(" and ", parts.OfType<string>());
        return missing.Length == 0
            ? new KeptOutcome(null, IsBack: true)
            : new KeptOutcome($"the folder \"{item.Destination.Display}\" did not get back {missing}", IsBack: true, IsRemark: true);
    }

    /// <summary>What someone else put into it meanwhile is not ours to remove.</summary>
    internal static void RemoveIfEmpty(FilePath folder)
    {
        if (FileSystem.TryStatus(folder, followLinks: false) is { IsDirectory: true } && DirectoryListing.Read(folder).Count == 0)
            FileSystem.RemoveEmptyDirectory(folder);
    }

    private Node Parse(string node)
    {
        if (TreeParser.Parse(Encoding.UTF8.GetBytes(node)) is [var folder]) return folder;
        throw new HoldfastException(FailureKind.Damaged, $"what the journal remembers of the folder \"{item.Destination.Display}\" cannot be read");
    }
}
