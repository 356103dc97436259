using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>The two programs take turns on one repository.</summary>
public sealed class ResticInteropTests : IDisposable
{
    private Workplace? _place;

    public void Dispose() => _place?.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Restic_does_all_it_can_do_with_our_repository_and_we_go_on(int version)
    {
        var place = _place = await Workplace.CreateAsync(version);
        using var live = place.Live("live.db");
        var file = place.WriteRandom("folder/large", 1, 2_000_000);
        var first = await place.BackUpAsync();
        await place.Restic.RunAsync("check", "--read-data");
        Assert.Contains(file, await place.PathsAsync());
        await place.Restic.RunAsync("restore", first, "--target", place["by-restic"]);
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(place["by-restic"] + file));
        Assert.Equal("3", Workplace.Ask(place["by-restic"] + place.Application + "/live.db", "select count(*) from events"));
        Assert.Equal(await File.ReadAllBytesAsync(file), (await place.Restic.RunAsync("dump", first, file)).OutputBytes);

        await place.Restic.RunAsync("tag", "--add", "kept", first);
        await place.Restic.RunAsync("backup", place.Application);
        place.Write("folder/new", "new");
        var last = await place.BackUpAsync();
        Assert.Equal(3, (await place.JsonAsync(0, "list")).GetArrayLength());
        await place.Restic.RunAsync("forget", "--keep-last", "1", "--group-by", "host", "--prune", "--max-unused", "0");

        Assert.Equal(last, Assert.Single((await place.JsonAsync(0, "list")).EnumerateArray().ToList()).Text("id"));
        await place.JsonAsync(0, "check", "--read-data");
        await place.JsonAsync(0, "drill");
        await place.JsonAsync(0, "restore", "latest", "--target", place["by-us"]);
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(place["by-us"] + file));
        await place.BackUpAsync();
        await place.Restic.RunAsync("check", "--read-data");
    }

    [Theory]
    [InlineData("1", "auto")]
    [InlineData("2", "off")]
    [InlineData("2", "auto")]
    [InlineData("2", "max")]
    public async Task We_do_all_we_can_do_with_a_repository_of_restic_and_it_goes_on(string version, string compression)
    {
        var place = _place = Workplace.Empty();
        await place.Restic.RunAsync("init", "--repository-version", version);
        var tree = SyntheticTree.Awkward(place.Application);
        // restic before 0.16 loses link targets that are not UTF-8.
        File.Delete(tree.Root + "/links/raw");
        File.Delete(tree.Root + "/sparse/hole");
        place.Database("plain/shop.db");
        await place.Restic.RunAsync("backup", "--compression", compression, "--tag", "theirs", place.Application);

        var theirs = Assert.Single((await place.JsonAsync(0, "list")).EnumerateArray().ToList());
        Assert.Equal(["theirs"], theirs.Texts("tags"));
        Assert.Equal(theirs.Text("id"), (await place.JsonAsync(0, "show", "latest")).Text("id"));
        await place.JsonAsync(0, "check", "--read-data");
        await place.JsonAsync(0, "restore", "latest", "--target", place["by-us"]);
        Assert.True(SameFiles.Expect(place.Application, place["by-us"] + place.Application) > 30);
        var checks = (await place.JsonAsync(0, "drill")).GetProperty("checks").EnumerateArray().ToList();
        Assert.Contains(checks, check => check.Text("name") == "integrity_check" && check.Text("subject").Contains("shop.db", StringComparison.Ordinal));

        await place.BackUpAsync();
        await place.Restic.RunAsync("check", "--read-data");
        await place.Restic.RunAsync("restore", "latest", "--target", place["by-restic"]);
        Assert.Equal("2", Workplace.Ask(place["by-restic"] + place.Application + "/plain/shop.db", "select count(*) from people"));
    }
}
