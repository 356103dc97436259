using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Half-written and truncated files beside good ones.</summary>
public sealed class DamagedRepositoryTests : WorkplaceTests
{
    private string _first = null!;
    private string _second = null!;
    private string _large = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Place.Write("small", "the first content");
        _first = await Place.BackUpAsync();
        _large = Place.WriteRandom("large", 1, 1_500_000);
        _second = await Place.BackUpAsync();
    }

    [Fact]
    public async Task Leftovers_of_killed_writers_are_no_damage()
    {
        var id = new string('a', 64);
        foreach (var folder in new[] { "snapshots", "index", "locks", "data/aa", "keys" })
        {
            Directory.CreateDirectory(Path.Combine(Place.Repository, folder));
            await File.WriteAllTextAsync(Path.Combine(Place.Repository, folder, id + "-tmp-123456"), "half");
        }

        Assert.Equal(2, (await Place.JsonAsync(0, "list")).GetArrayLength());
        Assert.True((await Place.JsonAsync(0, "check", "--read-data")).GetProperty("sound").GetBoolean());
        await Place.BackUpAsync();
        await Place.JsonAsync(0, "restore", "latest", "--target", Place["target"]);
    }

    [Fact]
    public async Task A_truncated_index_stops_a_backup_and_is_named_with_what_to_do()
    {
        var name = Path.GetFileName(Truncate("index"));

        foreach (var arguments in new[] { new[] { "backup", Place.Application }, ["restore", "latest", "--target", Place["target"]], ["show", "latest"] })
        {
            var failure = await Place.JsonAsync(1, arguments);
            Assert.Contains(name[..8], failure.Text("message"), StringComparison.Ordinal);
            Assert.Contains("repair index", failure.Text("hint"), StringComparison.Ordinal);
        }

        // A drill that fails so is a result, and remembered.
        var failed = (await Place.JsonAsync(1, "drill")).GetProperty("checks")[0];
        Assert.Contains(name[..8], failed.Text("detail"), StringComparison.Ordinal);
        Assert.Contains("repair index", failed.Text("detail"), StringComparison.Ordinal);
        var list = await Place.JsonAsync(0, "list");
        Assert.Equal(2, list.GetArrayLength());
        Assert.True(list[1].GetProperty("drill_failed").GetBoolean());
        var check = await Place.JsonAsync(1, "check");
        Assert.Contains(check.GetProperty("findings").EnumerateArray(), finding => finding.Text("subject").Contains(name[..8], StringComparison.Ordinal));
        Assert.False(Directory.Exists(Place["target"]));
    }

    [Fact]
    public async Task A_truncated_pack_is_named_with_what_it_hurts_and_all_else_is_restored()
    {
        var pack = Directory.GetFiles(Path.Combine(Place.Repository, "data"), "*", SearchOption.AllDirectories).MaxBy(file => new FileInfo(file).Length)!;
        Cut(pack);

        var check = (await Place.Holdfast.TryRunAsync("check", "--read-data")).Expect(1);
        Assert.Contains(Path.GetFileName(pack)[..8], check.Output, StringComparison.Ordinal);
        Assert.Contains(_second[..8], check.Output, StringComparison.Ordinal);
        Assert.Contains(_large, check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_first[..8], check.Output, StringComparison.Ordinal);

        var restored = await Place.JsonAsync(3, "restore", "latest", "--target", Place["target"]);
        Assert.Contains(restored.Texts("problems"), problem => problem.Contains(_large, StringComparison.Ordinal));
        Assert.Equal("the first content", await File.ReadAllTextAsync(Place["target"] + Place.Application + "/small"));
        Assert.False(File.Exists(Place["target"] + _large));
        var drill = await Place.JsonAsync(1, "drill");
        Assert.False(drill.GetProperty("proven").GetBoolean());
        await Place.JsonAsync(0, "drill", _first);
    }

    [Fact]
    public async Task A_truncated_snapshot_does_not_hide_the_others_and_is_never_passed_over_in_silence()
    {
        var damaged = Path.Combine(Place.Repository, "snapshots", _second);
        Cut(damaged);

        var list = (await Place.Holdfast.TryRunAsync("list", "--json")).Expect(1);
        Assert.Equal(_first, Assert.Single(list.Json().EnumerateArray().ToList()).Text("id"));
        Assert.Contains(_second[..8], list.Error, StringComparison.Ordinal);
        (await Place.JsonAsync(1, "restore", "latest", "--target", Place["target"])).ExpectFailure(1, _second[..8]);
        await Place.JsonAsync(0, "restore", _first, "--target", Place["target"]);
        var named = await Place.JsonAsync(1, "show", _second[..8]);
        named.ExpectFailure(1, "damaged");
        Assert.Equal("Damaged", named.Text("error"));
        (await Place.JsonAsync(1, "check")).ExpectFields("sound", "findings");
        await Place.BackUpAsync();
    }

    [Fact]
    public async Task A_truncated_config_or_key_is_a_clear_error()
    {
        var key = Directory.GetFiles(Path.Combine(Place.Repository, "keys")).Single();
        var whole = await File.ReadAllBytesAsync(key);
        Cut(key);
        (await Place.JsonAsync(1, "list")).ExpectFailure(1, "damaged");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllBytesAsync(key, whole);

        Cut(Path.Combine(Place.Repository, "config"));
        var failure = await Place.JsonAsync(1, "backup", Place.Application);
        failure.ExpectFailure(1, "config");
        Assert.Contains("copy", failure.Text("hint"), StringComparison.Ordinal);
    }

    private string Truncate(string folder)
    {
        var path = Directory.GetFiles(Path.Combine(Place.Repository, folder)).Order(StringComparer.Ordinal).First();
        Cut(path);
        return path;
    }

    private static void Cut(string path)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.SetLength(file.Length / 2);
    }
}
