using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Files;

/// <summary>Our description of files against the real restic's, byte for byte.</summary>
public sealed class ResticTreesTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly NodeReader _reader = new(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), new OwnerNames());

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Trees_made_of_what_is_read_here_are_the_bytes_restic_writes()
    {
        RealComponent.Require("restic");
        var tree = SyntheticTree.Awkward(_temp.CreateDirectory("tree"));
        var root = FilePath.From(tree.Root);
        // restic before 0.16 loses link targets that are not UTF-8, so there its tree differs.
        FileSystem.Remove(root.Combine("links").Combine("raw"));
        tree.Directory("more").File("more/strange-owner", "x"u8).File("more/old", "x"u8).ModifiedAt("more/old", -1_000_000, 1);
        if (FileSystem.IsRoot) MakeDevicesAndOwners(root.Combine("more"));
        else FileSystem.Remove(root.Combine("modes").Combine("none"));
        await ResticAsync("init");
        await ResticAsync("backup", ".");
        var snapshots = (await ResticAsync("snapshots", "--json")).Json();

        var nodes = await CompareAsync(root, Id.Parse(snapshots[0].GetProperty("tree").GetString()!));
        // Each look at a tree costs restic's key derivation, so only those with something special.
        string[] special = ["names", "modes", "links", "attributes", "more"];
        foreach (var node in nodes.Where(n => special.Contains(Encoding.UTF8.GetString(n.Name.Span))))
            Assert.NotEmpty(await CompareAsync(root.Combine(node.Name.Span), node.Subtree!.Value));
    }

    private static void MakeDevicesAndOwners(FilePath directory)
    {
        var device = new Node { Name = new byte[] { 1 }, Type = NodeType.CharacterDevice, Device = DeviceNumber.Make(1, 3) };
        NodeWriter.Create(directory.Combine("character"), device);
        NodeWriter.Create(directory.Combine("block"), device with { Type = NodeType.BlockDevice, Device = DeviceNumber.Make(259, 70000) });
        Assert.Equal(0, LibC.ChangeOwner(directory.Combine("strange-owner").Terminated, 4_242_424, 4_343_434));
    }

    private async Task<IReadOnlyList<Node>> CompareAsync(FilePath directory, Id id)
    {
        var expected = await TreeAsync(id);
        var theirs = TreeParser.Parse(expected);
        var ours = DirectoryListing.Read(directory)
            .Select(entry => directory.Combine(entry.Name))
            .Select((path, i) => _reader.Read(path, FileSystem.Status(path, followLinks: false)) with
            {
                Content = theirs[i].Content,
                Subtree = theirs[i].Subtree,
            })
            .ToList();
        Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(TreeSerializer.Serialize(ours)));
        return ours;
    }

    private async Task<byte[]> TreeAsync(Id id) => (await ResticAsync("cat", "blob", id.ToString())).OutputBytes;

    private async Task<ProgramResult> ResticAsync(params string[] arguments)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["RESTIC_REPOSITORY"] = _temp["repository"],
            ["RESTIC_PASSWORD"] = "secret",
            ["TZ"] = "Europe/Berlin",
        };
        return (await RunningProcess.RunAsync("restic", ["--no-cache", .. arguments], environment, _temp["tree"])).Expect(0);
    }
}
