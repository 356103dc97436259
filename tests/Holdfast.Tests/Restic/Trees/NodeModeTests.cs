using Holdfast.Restic.Trees;
using Xunit;

namespace Holdfast.Tests.Restic.Trees;

public sealed class NodeModeTests
{
    [Theory]
    [InlineData("100644", 420u, NodeType.File)]
    [InlineData("100000", 0u, NodeType.File)]
    [InlineData("040755", 2_147_484_141u, NodeType.Directory)]
    [InlineData("041777", 2_148_532_735u, NodeType.Directory)]
    [InlineData("120777", 134_218_239u, NodeType.Symlink)]
    [InlineData("104755", 8_389_101u, NodeType.File)]
    [InlineData("102755", 4_194_797u, NodeType.File)]
    [InlineData("060600", 67_109_248u, NodeType.BlockDevice)]
    [InlineData("020644", 69_206_436u, NodeType.CharacterDevice)]
    [InlineData("010644", 33_554_852u, NodeType.Fifo)]
    [InlineData("140755", 16_777_709u, NodeType.Socket)]
    public void Modes_of_stat_and_of_trees_stand_for_each_other(string octal, uint mode, NodeType type)
    {
        var statMode = Convert.ToUInt32(octal, 8);
        Assert.Equal(mode, NodeMode.FromStat(statMode));
        Assert.Equal(type, NodeMode.TypeOf(mode));
        Assert.Equal(type, NodeMode.TypeOfStat(statMode));
        Assert.Equal(statMode & 0xFFF, NodeMode.PermissionsOf(mode));
    }

    [Fact]
    public void Every_combination_of_permission_bits_survives()
    {
        for (var bits = 0u; bits <= 0xFFF; bits++) Assert.Equal(bits, NodeMode.PermissionsOf(NodeMode.FromStat(0x8000 | bits)));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("...", true)]
    [InlineData(" ", true)]
    [InlineData("a\nb", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("/", false)]
    [InlineData("a\0", false)]
    public void Only_single_path_components_are_safe_names(string name, bool safe) =>
        Assert.Equal(safe, NodeName.IsSafe(System.Text.Encoding.UTF8.GetBytes(name)));
}
