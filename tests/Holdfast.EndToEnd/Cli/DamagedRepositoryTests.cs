using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Half-written and truncated files beside good ones.</summary>
public sealed class DamagedRepositoryTests : IAsyncLifetime
{
    private Workplace _place = null!;
    private string _first = null!;
    private string _second = null!;
    private string _large = null!;

    public async ValueTask InitializeAsync()
    {
        _place = await Workplace.CreateAsync();
        _place.Write("small", "the first content");
        _first = await _place.BackUpAsync();
        _large = _place.WriteRandom("large", 1, 1_500_000);
        _second = await _place.BackUpAsync();
    }

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Leftovers_of_killed_writers_are_no_damage()
    {
        var id = new string('a', 64);
        foreach (var folder in new[] { "snapshots", "index", "locks", "data/aa", "keys" })
        {
            Directory.CreateDirectory(Path.Combine(_place.Repository, folder));
            await File.WriteAllTextAsync(Path.Combine(_place.Repository, folder, id + "-tmp-123456"), "half");
        }

        Assert.Equal(2, (await _place.JsonAsync(0, "list")).GetArrayLength());
        Assert.True((await _place.JsonAsync(0, "check", "--read-data")).GetProperty("sound").GetBoolean());
        await _place.BackUpAsync();
        await _place.JsonAsync(0, "restore", "latest", "--target", _place["target"]);
    }

    [Fact]
    public async Task A_truncated_index_stops_a_backup_and_is_named_with_what_to_do()
    {
        var name = Path.GetFileName(Truncate("index"));

        foreach (var arguments in new[] { new[] { "backup", _place.Application }, ["restore", "latest", "--target", _place["target"]], ["show", "latest"] })
        {
            var failure = await _place.JsonAsync(1, arguments);
            Assert.Contains(name[..8], failure.Text("message"), StringComparison.Ordinal);
            Assert.Contains("repair index", failure.Text("hint"), StringComparison.Ordinal);
        }

        // A drill that fails so is a result, and remembered.
        var failed = (await _place.JsonAsync(1, "drill")).GetProperty("checks")[0];
        Assert.Contains(name[..8], failed.Text("detail"), StringComparison.Ordinal);
        Assert.Contains("repair index", failed.Text("detail"), StringComparison.Ordinal);
        var list = await _place.JsonAsync(0, "list");
        Assert.Equal(2, list.GetArrayLength());
        Assert.True(list[1].GetProperty("drill_failed").GetBoolean());
        var check = await _place.JsonAsync(1, "check");
        Assert.Contains(check.GetProperty("findings").EnumerateArray(), finding => finding.Text("subject").Contains(name[..8], StringComparison.Ordinal));
        Assert.False(Directory.Exists(_place["target"]));
    }

    [Fact]
    public async Task A_truncated_pack_is_named_with_what_it_hurts_and_all_else_is_restored()
    {
        var pack = Directory.GetFiles(Path.Combine(_place.Repository, "data"), "*", SearchOption.AllDirectories).MaxBy(file => new FileInfo(file).Length)!;
        Cut(pack);

        var check = (await _place.Holdfast.TryRunAsync("check", "--read-data")).Expect(1);
        Assert.Contains(Path.GetFileName(pack)[..8], check.Output, StringComparison.Ordinal);
        Assert.Contains(_second[..8], check.Output, StringComparison.Ordinal);
        Assert.Contains(_large, check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_first[..8], check.Output, StringComparison.Ordinal);

        var restored = await _place.JsonAsync(3, "restore", "latest", "--target", _place["target"]);
        Assert.Contains(restored.Texts("problems"), problem => problem.Contains(_large, StringComparison.Ordinal));
        Assert.Equal("the first content", await File.ReadAllTextAsync(_place["target"] + _place.Application + "/small"));
        Assert.False(File.Exists(_place["target"] + _large));
        var drill = await _place.JsonAsync(1, "drill");
        Assert.False(drill.GetProperty("proven").GetBoolean());
        await _place.JsonAsync(0, "drill", _first);
    }

    [Fact]
    public async Task A_truncated_snapshot_does_not_hide_the_others_and_is_never_passed_over_in_silence()
    {
        var damaged = Path.Combine(_place.Repository, "snapshots", _second);
        Cut(damaged);

        var list = (await _place.Holdfast.TryRunAsync("list", "--json")).Expect(1);
        Assert.Equal(_first, Assert.Single(list.Json().EnumerateArray().ToList()).Text("id"));
        Assert.Contains(_second[..8], list.Error, StringComparison.Ordinal);
        (await _place.JsonAsync(1, "restore", "latest", "--target", _place["target"])).ExpectFailure(1, _second[..8]);
        await _place.JsonAsync(0, "restore", _first, "--target", _place["target"]);
        var named = await _place.JsonAsync(1, "show", _second[..8]);
        named.ExpectFailure(1, "damaged");
        Assert.Equal("Damaged", named.Text("error"));
        (await _place.JsonAsync(1, "check")).ExpectFields("sound", "findings");
        await _place.BackUpAsync();
    }

    [Fact]
    public async Task A_truncated_config_or_key_is_a_clear_error()
    {
        var key = Directory.GetFiles(Path.Combine(_place.Repository, "keys")).Single();
        var whole = await File.ReadAllBytesAsync(key);
        Cut(key);
        (await _place.JsonAsync(1, "list")).ExpectFailure(1, "damaged");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllBytesAsync(key, whole);

        Cut(Path.Combine(_place.Repository, "config"));
        var failure = await _place.JsonAsync(1, "backup", _place.Application);
        failure.ExpectFailure(1, "config");
        Assert.Contains("copy", failure.Text("hint"), StringComparison.Ordinal);
    }

    private string Truncate(string folder)
    {
        var path = Directory.GetFiles(Path.Combine(_place.Repository, folder)).Order(StringComparer.Ordinal).First();
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
