using System.Security.Cryptography;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.EndToEnd.Restic;

/// <summary>Compares two folders: names, types, modes, owners, times, attributes, link targets and every byte.</summary>
internal static class SameFiles
{
    private static readonly NodeReader Reader = new(TimeZoneInfo.Utc, new OwnerNames());

    /// <returns>How many entries were compared.</returns>
    public static int Expect(string expected, string actual) => Compare(FilePath.From(expected), FilePath.From(actual));

    private static int Compare(FilePath expected, FilePath actual)
    {
        var names = Names(expected);
        Assert.Equal(names, Names(actual));
        var count = names.Count;
        foreach (var entry in DirectoryListing.Read(expected))
        {
            var (one, other) = (expected.Combine(entry.Name), actual.Combine(entry.Name));
            Assert.Equal(Describe(one), Describe(other));
            if (entry.Type == NodeType.Directory) count += Compare(one, other);
        }

        return count;
    }

    private static List<string> Names(FilePath folder) => [.. DirectoryListing.Read(folder).Select(entry => GoQuoting.Quote(entry.Name))];

    // The tree's own text of a node says everything at once; what a copy cannot have in common is left out.
    private static string Describe(FilePath path)
    {
        var node = Reader.Read(path, FileSystem.Status(path, followLinks: false)) with { Inode = 0, DeviceId = 0, Links = 0, ChangedAt = Timestamp.Unset };
        if (node.Type == NodeType.Directory) node = node with { Size = 0, Subtree = null };
        var content = node.Type == NodeType.File ? Convert.ToHexString(SHA256.HashData(FileSystem.ReadAllBytes(path, 100_000_000))) : string.Empty;
        return Encoding.UTF8.GetString(TreeSerializer.Serialize([node])) + content;
    }
}
