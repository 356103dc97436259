using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.Tests.Restic.Checking;

public sealed class PackShareTests
{
    private static readonly IReadOnlyList<StoredFile> Packs =
        [.. Enumerable.Range(0, 100).Select(number => new StoredFile(new FileHandle(FileType.Pack, Id.Of([(byte)number])), 1000))];

    [Fact]
    public void All_parts_together_are_the_whole_and_go_by_the_first_byte()
    {
        var parts = Enumerable.Range(1, 7).Select(number => PackShare.TryParse($"{number}/7")!.Of(Packs)).ToList();

        Assert.Equal(Packs.Count, parts.Sum(part => part.Count));
        Assert.Equivalent(Packs, parts.SelectMany(part => part));
        Assert.All(parts[2], pack => Assert.Equal(2, Convert.ToByte(pack.Handle.Id.ToString()[..2], 16) % 7));
    }

    [Theory]
    [InlineData("10%", 10)]
    [InlineData("0.5%", 1)]
    [InlineData("100%", 100)]
    [InlineData("4k", 4)]
    [InlineData("1", 1)]
    public void Takes_packs_by_chance(string text, int count)
    {
        var taken = PackShare.TryParse(text)!.Of(Packs);

        Assert.Equal(count, taken.Distinct().Count());
        Assert.Subset(Packs.ToHashSet(), taken.ToHashSet());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1/256")]
    [InlineData("1/2/3")]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("much")]
    public void Refuses_what_is_no_share(string text) => Assert.Null(PackShare.TryParse(text));
}
