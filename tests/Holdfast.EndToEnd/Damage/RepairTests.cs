using System.Globalization;
using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Holdfast.EndToEnd.Restic;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Damage;

/// <summary>The table of damage (section 10.4) on real files: check names it, repair mends it, and the real restic finds nothing or only what is really lost.</summary>
public sealed class RepairTests : IAsyncLifetime
{
    private readonly TempDirectory _copies = new();
    private Workplace _place = null!;
    private string _first = null!;
    private string _second = null!;

    public async ValueTask InitializeAsync()
    {
        RealComponent.Require("restic");
        _place = await Workplace.CreateAsync();
        _place.WriteRandom("kept", 1, 300_000);
        _place.WriteRandom(Path.Combine("folder", "deep"), 2, 200_000);
        _first = await _place.BackUpAsync();
        // Below the smallest chunk: each file is one piece, and all are in one pack.
        for (var file = 10; file < 25; file++) _place.WriteRandom(Path.Combine("later", file.ToString(CultureInfo.InvariantCulture)), file, 200_000);
        _second = await _place.BackUpAsync();
    }

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        _copies.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("truncate")]
    [InlineData("delete one")]
    [InlineData("delete all")]
    public async Task A_hurt_index_is_made_again_and_nothing_is_lost(string damage)
    {
        var before = await ContentAsync("before");
        var files = Files("index");
        Assert.Equal(2, files.Count);
        foreach (var file in damage == "delete all" ? files : files.Take(1)) Damage(file, damage);
        await CopyAsync("for-restic");

        Assert.False((await _place.JsonAsync(1, "check")).GetProperty("sound").GetBoolean());
        var plan = await _place.JsonAsync(0, "repair", "index", "--dry-run");
        Assert.True(plan.GetProperty("dry_run").GetBoolean());
        Assert.Equal(0, plan.GetProperty("indexes_written").GetInt32());
        var done = await _place.JsonAsync(0, "repair", "index");

        Assert.Equal(plan.Texts("added_packs"), done.Texts("added_packs"));
        Assert.NotEmpty(done.Texts("added_packs"));
        await ExpectSoundAsync();
        Assert.Equal(before, await ContentAsync("after"));
        await ResticOn("for-restic").RunAsync("rebuild-index");
        Assert.Equal(await ListedAsync(ResticOn("for-restic")), await ListedAsync(_place.Restic));
        Assert.Contains("there was nothing to do", (await _place.Holdfast.RunAsync("repair", "index")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_bit_costs_what_it_hit_and_a_new_backup_heals_it()
    {
        var before = await ContentAsync("before");
        var pack = LargestPack();
        Damage(pack, "flip");
        await ExpectNamedAsync(pack, _second, "later");

        var repaired = await _place.JsonAsync(3, "repair", "packs", Path.GetFileName(pack)[..12]);

        Assert.Single(repaired.GetProperty("packs")[0].Texts("lost_blobs"));
        Assert.False(File.Exists(pack));
        await _place.JsonAsync(0, "backup", "--force", _place.Application);
        await ExpectSoundAsync();
        Assert.Equal(before, await ContentAsync("after"));
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("truncate")]
    public async Task Of_a_damaged_pack_only_what_is_really_lost_is_lost(string damage)
    {
        var pack = LargestPack();
        Damage(pack, damage);
        await ExpectNamedAsync(pack, _second, "later");
        await _place.JsonAsync(damage == "truncate" ? 3 : 0, "repair", "index");
        Assert.True(File.Exists(pack));

        var packs = (await _place.JsonAsync(3, "repair", "packs", Path.GetFileName(pack))).GetProperty("packs")[0];
        Assert.True(packs.GetProperty("saved_blobs").GetInt32() > 0);
        var snapshots = await _place.JsonAsync(0, "repair", "snapshots", "--forget");

        var hurt = Assert.Single(snapshots.GetProperty("hurt").EnumerateArray().ToList());
        Assert.Equal(_second, hurt.Text("id"));
        var later = hurt.Texts("paths").Where(path => path.StartsWith(_place.Application + "/later/", StringComparison.Ordinal)).ToList();
        // The note about the snapshot is stored last and lies beyond the cut.
        Assert.Equal(damage == "flip" ? [] : [_place[".holdfast", "snapshot.json"]], hurt.Texts("paths").Except(later));
        Assert.InRange(later.Count, 1, damage == "flip" ? 1 : 9);
        Assert.Equal([_second], snapshots.Texts("removed"));
        await ExpectSoundAsync();
        await _place.Restic.RunAsync("restore", hurt.Text("repaired_as"), "--target", _copies["restored"]);
        var restored = _copies["restored"] + _place.Application;
        Assert.Equal(await File.ReadAllBytesAsync(_place["application", "kept"]), await File.ReadAllBytesAsync(restored + "/kept"));
        Assert.Equal(await File.ReadAllBytesAsync(_place["application", "folder", "deep"]), await File.ReadAllBytesAsync(restored + "/folder/deep"));
        foreach (var file in Directory.GetFiles(_place["application", "later"]))
            Assert.Equal(later.Contains(file, StringComparer.Ordinal) ? 0 : 200_000, new FileInfo(_copies["restored"] + file).Length);
    }

    [Fact]
    public async Task A_missing_pack_is_listed_no_more_and_its_snapshots_are_repaired_beside_the_hurt_ones()
    {
        var pack = LargestPack();
        Damage(pack, "delete one");
        await CopyAsync("for-restic");
        await ExpectNamedAsync(pack, _second, "later");

        Assert.Contains("repair index", (await _place.JsonAsync(1, "repair", "snapshots")).Text("hint"), StringComparison.Ordinal);
        Assert.Equal([Path.GetFileName(pack)], (await _place.JsonAsync(0, "repair", "index")).Texts("missing_packs"));
        await ResticOn("for-restic").RunAsync("rebuild-index");
        Assert.Equal(await ListedAsync(ResticOn("for-restic")), await ListedAsync(_place.Restic));
        var hurt = (await _place.JsonAsync(0, "repair", "snapshots")).GetProperty("hurt")[0];

        var list = await _place.JsonAsync(0, "list");
        Assert.Equal(3, list.GetArrayLength());
        var repaired = list.EnumerateArray().Single(snapshot => snapshot.Text("id") == hurt.Text("repaired_as"));
        Assert.Contains("repaired", repaired.Texts("tags"));
        await _place.Restic.RunAsync("restore", hurt.Text("repaired_as"), "--target", _copies["restored"]);
        Assert.Equal(await File.ReadAllBytesAsync(_place["application", "kept"]), await File.ReadAllBytesAsync(_copies["restored"] + _place.Application + "/kept"));
        Assert.Equal(1, (await _place.Restic.TryRunAsync("check")).ExitCode);
        await _place.JsonAsync(0, "repair", "snapshots", "--forget");
        await ExpectSoundAsync();
    }

    [Fact]
    public async Task A_proof_of_the_hurt_snapshot_is_none_of_the_repaired()
    {
        await _place.JsonAsync(0, "drill", _second);
        var pack = LargestPack();
        Damage(pack, "flip");
        await _place.JsonAsync(3, "repair", "packs", Path.GetFileName(pack));
        var repaired = (await _place.JsonAsync(0, "repair", "snapshots", "--forget")).GetProperty("hurt")[0].Text("repaired_as");

        var shown = await _place.JsonAsync(0, "show", repaired);
        Assert.False(shown.GetProperty("proven").GetBoolean());
        Assert.DoesNotContain((await _place.JsonAsync(0, "list")).EnumerateArray(), snapshot => snapshot.GetProperty("proven").GetBoolean());
    }

    [Fact]
    public async Task A_snapshot_of_which_nothing_can_be_read_goes_only_when_told_to()
    {
        Damage(Path.Combine(_place.Repository, "snapshots", _first), "flip");
        Assert.Contains((await _place.JsonAsync(1, "check")).GetProperty("findings").EnumerateArray(), finding => finding.Text("subject") == $"snapshot {_first}");
        Assert.Contains("repair snapshots --forget", (await _place.JsonAsync(1, "prune")).Text("hint"), StringComparison.Ordinal);

        Assert.Equal([_first], (await _place.JsonAsync(3, "repair", "snapshots")).Texts("unreadable"));
        Assert.Equal([_first], (await _place.JsonAsync(0, "repair", "snapshots", "--forget", _first[..10])).Texts("removed"));

        await ExpectSoundAsync();
        await _place.JsonAsync(0, "prune");
    }

    [Fact]
    public async Task Repairs_are_kept_out_by_others_and_are_operations_of_the_journal()
    {
        using (var repository = await _place.OpenAsync())
        await using (await Holdfast.Restic.Locks.RepositoryLock.AcquireAsync(repository, exclusive: false, OwnRepository.Identity, TimeProvider.System, TestContext.Current.CancellationToken))
            Assert.Equal(11, (await _place.Holdfast.TryRunAsync("repair", "index")).ExitCode);
        await _place.JsonAsync(0, "repair", "snapshots");

        var operations = (await _place.JsonAsync(0, "operations", "list")).EnumerateArray().Where(entry => entry.Text("kind") == "repair").Select(entry => entry.Text("state"));
        Assert.Equal(["done", "failed"], operations);
    }

    [Fact]
    public async Task Check_reads_shares_and_rotates()
    {
        var whole = await _place.JsonAsync(0, "check", "--read-data");
        var parts = new List<long>();
        foreach (var part in new[] { "1/3", "2/3", "3/3" })
            parts.Add((await _place.JsonAsync(0, "check", "--read-data-subset", part)).GetProperty("bytes_read").GetInt64());
        Assert.Equal(whole.GetProperty("bytes_read").GetInt64(), parts.Sum());

        await _place.Holdfast.RunAsync("drill", _first);
        var rotated = await _place.JsonAsync(0, "check", "--read-data-within", "30d");
        var again = await _place.JsonAsync(0, "check", "--read-data-within", "30d");
        Assert.Equal(30, rotated.GetProperty("verified").GetProperty("within_days").GetInt32());
        Assert.True(rotated.GetProperty("verified").GetProperty("packs").GetInt32() > 0);
        Assert.True(again.GetProperty("verified").GetProperty("packs").GetInt32() >= rotated.GetProperty("verified").GetProperty("packs").GetInt32());
        var manifest = Path.Combine(_place["manifest"], "holdfast.yaml");
        Directory.CreateDirectory(_place["manifest"]);
        await File.WriteAllTextAsync(manifest, $"application: a\nfiles: {{ a: [a] }}\nrepositories: {{ local: {{ path: {_place.Repository} }} }}\ncheck: {{ read_within: 12w }}\n", TestContext.Current.CancellationToken);
        Assert.Equal(84, (await _place.JsonAsync(0, "check", "-c", manifest)).GetProperty("verified").GetProperty("within_days").GetInt32());
        Assert.Equal(30, (await _place.JsonAsync(0, "check", "-c", manifest, "--read-data-within", "30d")).GetProperty("verified").GetProperty("within_days").GetInt32());
        Assert.Equal(2, (await _place.Holdfast.TryRunAsync("check", "--read-data", "--read-data-within", "30d")).ExitCode);
        Assert.Equal(2, (await _place.Holdfast.TryRunAsync("check", "--read-data-subset", "4/3")).ExitCode);
        Assert.Equal(2, (await _place.Holdfast.TryRunAsync("check", "--read-data-within", "soon")).ExitCode);
    }

    private static void Damage(string path, string damage)
    {
        if (damage.StartsWith("delete", StringComparison.Ordinal))
        {
            File.Delete(path);
            return;
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        if (damage == "truncate")
        {
            file.SetLength(file.Length * 2 / 3);
            return;
        }

        file.Position = file.Length / 3;
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }

    private List<string> Files(string folder) => [.. Directory.GetFiles(Path.Combine(_place.Repository, folder)).Order(StringComparer.Ordinal)];

    private string LargestPack() => Directory.GetFiles(Path.Combine(_place.Repository, "data"), "*", SearchOption.AllDirectories).MaxBy(file => new FileInfo(file).Length)!;

    private async Task ExpectNamedAsync(string pack, string snapshot, string path)
    {
        var check = await _place.JsonAsync(1, "check", "--read-data");
        var finding = check.GetProperty("findings").EnumerateArray().First(finding => finding.Text("subject") == $"pack {Path.GetFileName(pack)}");
        Assert.Contains(finding.GetProperty("hurts").EnumerateArray(), harm => harm.Text("snapshot_id") == snapshot && harm.Texts("paths").Any(hurt => hurt.Contains(path, StringComparison.Ordinal)));
    }

    /// <summary>Both programs read every byte and find nothing.</summary>
    private async Task ExpectSoundAsync()
    {
        await _place.Restic.RunAsync("check", "--read-data");
        var check = await _place.JsonAsync(0, "check", "--read-data");
        Assert.True(check.GetProperty("sound").GetBoolean());
    }

    private async Task CopyAsync(string name) => (await RunningProcess.RunAsync("cp", ["-a", _place.Repository, _copies[name]])).Expect(0);

    private ResticProgram ResticOn(string copy) => ResticProgram.On(_copies[copy], Workplace.Passphrase);

    /// <summary>What the index lists, pack by pack.</summary>
    private static async Task<List<string>> ListedAsync(ResticProgram restic)
    {
        var listed = new List<string>();
        foreach (var index in (await restic.RunAsync("list", "index")).OutputLines.Where(line => line.Length == 64))
        {
            using var document = JsonDocument.Parse((await restic.RunAsync("cat", "index", index)).Output);
            foreach (var pack in document.RootElement.GetProperty("packs").EnumerateArray())
            {
                listed.AddRange(pack.GetProperty("blobs").EnumerateArray().Select(blob =>
                    $"{pack.Text("id")} {blob.Text("type")} {blob.Text("id")} {blob.GetProperty("offset").GetInt64()} {blob.GetProperty("length").GetInt64()}"));
            }
        }

        listed.Sort(StringComparer.Ordinal);
        return listed;
    }

    /// <summary>The checksums of everything that restic restores of both first snapshots.</summary>
    private async Task<string> ContentAsync(string name)
    {
        foreach (var snapshot in new[] { _first, _second }) await _place.Restic.RunAsync("restore", snapshot, "--target", _copies[name, snapshot[..8]]);
        return (await RunningProcess.RunAsync("sh", ["-c", "cd \"$1\" && find . -type f | sort | xargs sha256sum", "sh", _copies[name]])).Expect(0).Output;
    }
}
