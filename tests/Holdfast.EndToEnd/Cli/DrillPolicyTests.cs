using System.Text.Json;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Drills after backups and of what is unproven, what a proof is of, and backups that are not plausible.</summary>
public sealed class DrillPolicyTests : WorkplaceTests
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Place.Database("shop.db", "create table orders(id integer primary key, item text)");
        Fill(100);
        Declare("{}");
    }

    [Fact]
    public async Task A_backup_proves_itself_when_the_manifest_says_so()
    {
        Declare("{ after_backup: true }");
        var backup = await RunAsync(0, "backup");
        Assert.True(backup.GetProperty("drill").GetProperty("proven").GetBoolean());
        Assert.True((await ListAsync())[0].GetProperty("proven").GetBoolean());
        Assert.Equal(JsonValueKind.Null, (await RunAsync(0, "backup", "--no-drill")).GetProperty("drill").ValueKind);
        Declare("{}");
        Assert.Equal(JsonValueKind.Null, (await RunAsync(0, "backup")).GetProperty("drill").ValueKind);
        Assert.NotEqual(JsonValueKind.Null, (await RunAsync(0, "backup", "--drill")).GetProperty("drill").ValueKind);
    }

    [Fact]
    public async Task A_backup_whose_drill_fails_fails_and_is_there()
    {
        Declare("{ after_backup: true }", "assertions: [\"select count(*) > 1000 from orders\"]");
        var backup = await RunAsync(1, "backup");
        Assert.False(backup.GetProperty("drill").GetProperty("proven").GetBoolean());
        Assert.True((await ListAsync())[0].GetProperty("drill_failed").GetBoolean());
    }

    [Fact]
    public async Task What_failed_is_told_to_the_quiet_too()
    {
        Declare("{ after_backup: true }", "assertions: [\"select count(*) > 1000 from orders\"]");
        string[][] commands = [["backup"], ["drill"], ["status"]];
        foreach (var command in commands)
        {
            var quiet = (await InAsync([.. command, "--quiet"])).Expect(1);
            Assert.Contains("FAILED  ", quiet.Output, StringComparison.Ordinal);
            Assert.All(quiet.OutputLines, line => Assert.True(line.StartsWith("FAILED", StringComparison.Ordinal) || line.StartsWith("        ", StringComparison.Ordinal), line));
        }

        Assert.Contains("is NOT proven", (await InAsync("drill", "--quiet")).Output, StringComparison.Ordinal);
        foreach (var pack in Directory.GetFiles(Path.Combine(Place.Repository, "data"), "*", SearchOption.AllDirectories)) File.Delete(pack);
        Assert.Contains("FAILED  the repository is damaged", (await InAsync("check", "--quiet")).Expect(1).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drill_that_does_not_fit_the_budget_leaves_the_backup_unproven_and_nothing_else()
    {
        Declare("{ after_backup: true, budget: 1ms }");
        Place.Holdfast.With("TMPDIR", Directory.CreateDirectory(Place["scratch"]).FullName);
        var ended = await RunAsync(0, "backup");
        Assert.Contains("ended after", ended.Text("unproven"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Place["scratch"]));

        await RunAsync(0, "drill");
        var expected = await RunAsync(0, "backup");
        Assert.Contains("expected to take", expected.Text("unproven"), StringComparison.Ordinal);
        Assert.False((await ListAsync())[^1].GetProperty("drill_failed").GetBoolean());
    }

    [Fact]
    public async Task A_backup_that_could_not_be_drilled_is_done_in_part()
    {
        Declare("{ after_backup: true }");
        File.WriteAllText(Path.Combine(Place.Holdfast.State, "state.db"), new string('x', 5000));
        var backup = await RunAsync(3, "backup");
        Assert.Contains("could not be made", backup.Text("unproven"), StringComparison.Ordinal);
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task All_that_is_unproven_is_drilled_newest_first_until_the_time_is_up()
    {
        var first = (await RunAsync(0, "backup")).Text("snapshot_id");
        Fill(1);
        var second = (await RunAsync(0, "backup")).Text("snapshot_id");
        var some = await RunAsync(0, "drill", "--all-unproven", "--budget", "1ms");
        Assert.Equal([second], some.GetProperty("drills").EnumerateArray().Select(drill => drill.Text("snapshot_id")));
        Assert.Equal([first], some.GetProperty("left").EnumerateArray().Select(id => id.GetString()));

        var all = await RunAsync(0, "drill", "--all-unproven");
        Assert.Equal([first], all.GetProperty("drills").EnumerateArray().Select(drill => drill.Text("snapshot_id")));
        Assert.All(await ListAsync(), item => Assert.True(item.GetProperty("proven").GetBoolean()));
        Assert.Empty((await RunAsync(0, "drill", "--all-unproven")).GetProperty("drills").EnumerateArray());
        Assert.Equal(2, (await Place.Holdfast.TryRunInAsync(Place.Application, "drill", "--budget", "1m")).ExitCode);
    }

    [Fact]
    public async Task One_failure_among_all_unproven_is_a_failure()
    {
        Declare("{}", "assertions: [\"select count(*) > 1000 from orders\"]");
        await RunAsync(0, "backup");
        Declare("{}");
        await RunAsync(0, "backup");
        var all = await RunAsync(1, "drill", "--all-unproven");
        Assert.Equal([true, false], all.GetProperty("drills").EnumerateArray().Select(drill => drill.GetProperty("proven").GetBoolean()));
    }

    [Fact]
    public async Task What_is_incomplete_or_has_failed_is_not_drilled_again_unless_it_is_named()
    {
        Declare("{}", "assertions: [\"select count(*) > 1000 from orders\"]");
        var failed = (await RunAsync(1, "backup", "--drill")).Text("snapshot_id");
        File.WriteAllText(Path.Combine(Place.Application, "shop.db"), new string('x', 5000));
        var incomplete = (await RunAsync(3, "backup")).Text("snapshot_id");
        var all = await RunAsync(0, "drill", "--all-unproven");
        Assert.Empty(all.GetProperty("drills").EnumerateArray());
        Assert.Equal([incomplete, failed], all.Texts("passed_over"));
        Assert.Contains("2 others are not drilled again", (await InAsync("drill", "--all-unproven")).Expect(0).Error, StringComparison.Ordinal);
        await RunAsync(1, "drill", failed);
        await RunAsync(1, "drill", incomplete);
    }

    [Fact]
    public async Task A_snapshot_that_restic_tagged_is_still_proven()
    {
        RealComponent.Require("restic");
        var id = (await RunAsync(0, "backup", "--drill")).Text("snapshot_id");
        await Place.Restic.RunAsync("tag", "--add", "kept", "latest");
        var listed = Assert.Single(await ListAsync());
        Assert.NotEqual(id, listed.Text("id"));
        Assert.True(listed.GetProperty("proven").GetBoolean());
    }

    [Fact]
    public async Task A_check_that_finds_damage_withdraws_the_proof()
    {
        await RunAsync(0, "backup", "--drill");
        foreach (var pack in Directory.GetFiles(Path.Combine(Place.Repository, "data"), "*", SearchOption.AllDirectories)) File.Delete(pack);
        var check = (await Place.Holdfast.TryRunAsync("check")).Expect(1);
        Assert.Contains("was proven; it is not any more", check.Error, StringComparison.Ordinal);
        var listed = Assert.Single(await ListAsync());
        Assert.False(listed.GetProperty("proven").GetBoolean());
        Assert.True(listed.GetProperty("drill_failed").GetBoolean());
    }

    [Fact]
    public async Task A_restore_that_finds_damage_withdraws_the_proof()
    {
        await RunAsync(0, "backup", "--drill");
        // Content is in packs of its own, of which the database makes the largest; folders can still be read.
        var pack = Directory.GetFiles(Path.Combine(Place.Repository, "data"), "*", SearchOption.AllDirectories).MaxBy(file => new FileInfo(file).Length)!;
        var bytes = await File.ReadAllBytesAsync(pack, TestContext.Current.CancellationToken);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(pack, bytes, TestContext.Current.CancellationToken);

        var restored = (await InAsync("restore", "latest", "--target", Place["damaged"])).Expect(3);

        Assert.Contains("was proven, and is not any more", restored.Error, StringComparison.Ordinal);
        Assert.False(Assert.Single(await ListAsync()).GetProperty("proven").GetBoolean());
    }

    [Fact]
    public async Task A_backup_that_lost_most_rows_is_suspicious_and_replaces_no_proven_one_unasked()
    {
        var proven = (await RunAsync(0, "backup", "--drill")).Text("snapshot_id");
        Execute("delete from orders where id > 40");
        var backup = await RunAsync(3, "backup", "--drill");
        var suspicious = backup.Text("snapshot_id");
        Assert.Contains("has 40 rows, and had 100", Assert.Single(backup.GetProperty("suspicions").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.True(backup.GetProperty("drill").GetProperty("proven").GetBoolean());

        Assert.True((await ListAsync())[^1].GetProperty("suspicious").GetBoolean());
        Assert.Contains("SUSPICIOUS", (await Place.Holdfast.RunAsync("list")).Output, StringComparison.Ordinal);
        Assert.Contains("had 100", (await Place.Holdfast.RunAsync("show", suspicious)).Output, StringComparison.Ordinal);
        var refused = (await InAsync("restore", "latest", "--target", Place["refused"])).Expect(1);
        Assert.Contains("is suspicious", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--proven", refused.Error, StringComparison.Ordinal);
        Assert.Contains(proven[..8], refused.Error, StringComparison.Ordinal);
        (await InAsync("restore", suspicious, "--target", Place["named"])).Expect(0);

        // The next one is compared with the last good one, not with what is suspicious.
        Assert.Single((await RunAsync(3, "backup")).GetProperty("suspicions").EnumerateArray());
        RealComponent.Require("restic");
        var hint = (await RunAsync(0, "status")).GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("hint").GetString()).Single(text => text?.Contains("accepts it", StringComparison.Ordinal) == true)!;
        var accept = hint[(hint.IndexOf("accepts it: ", StringComparison.Ordinal) + "accepts it: ".Length)..];
        Assert.StartsWith($"restic -r '{Place.Repository}' tag --remove", accept, StringComparison.Ordinal);
        (await RunningProcess.RunAsync("/bin/sh", ["-c", accept], new Dictionary<string, string?>(StringComparer.Ordinal) { ["RESTIC_PASSWORD"] = Workplace.Passphrase })).Expect(0);
        Assert.Empty((await RunAsync(0, "backup")).GetProperty("suspicions").EnumerateArray());
    }

    [Fact]
    public async Task A_failed_drill_makes_status_critical_until_a_later_one_succeeds()
    {
        await RunAsync(0, "backup", "--drill");
        Assert.DoesNotContain(Severities(await RunAsync(0, "status")), severity => severity == "critical");
        Declare("{}", "assertions: [\"select count(*) > 1000 from orders\"]");
        var bad = (await RunAsync(1, "backup", "--drill")).Text("snapshot_id");

        var critical = (await RunAsync(1, "status")).GetProperty("findings").EnumerateArray().Where(finding => finding.Text("severity") == "critical");
        Assert.Contains($"the drill of {bad[..8]}", Assert.Single(critical).Text("message"), StringComparison.Ordinal);

        Declare("{}");
        await RunAsync(0, "backup", "--drill");
        Assert.DoesNotContain(Severities(await RunAsync(0, "status")), severity => severity == "critical");
    }

    [Fact]
    public async Task A_proof_is_of_the_content_and_not_of_what_comes_after_it()
    {
        var proven = (await RunAsync(0, "backup", "--drill")).Text("snapshot_id");
        Execute("update orders set item = 'coffee' where id = 1");
        var changed = (await RunAsync(0, "backup")).Text("snapshot_id");

        Assert.Equal([(proven, true), (changed, false)], (await ListAsync()).Select(item => (item.Text("id"), item.GetProperty("proven").GetBoolean())));
        var restored = await RunAsync(0, "restore", "--proven", "--target", Place["proven"]);
        Assert.Equal("tea", Workplace.Ask(Place["proven"] + Path.Combine(Place.Application, "shop.db"), "select item from orders where id = 1"));
        Assert.Contains(proven[..8], restored.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_share_that_makes_a_backup_suspicious_is_the_manifests()
    {
        await RunAsync(0, "backup", "--drill");
        Execute("delete from orders where id > 80");
        Assert.Empty((await RunAsync(0, "backup")).GetProperty("suspicions").EnumerateArray());

        Declare("{ after_backup: false }\nbackup: { suspicious_drop: 10% }");
        Assert.Single((await RunAsync(3, "backup")).GetProperty("suspicions").EnumerateArray());
    }

    [Fact]
    public async Task A_table_that_is_lost_among_larger_ones_is_named()
    {
        Execute("create table people(id integer primary key, name text)");
        Execute("with recursive n(i) as (select 1 union all select i + 1 from n where i < 25) insert into people(name) select 'Ada' from n");
        await RunAsync(0, "backup", "--drill");

        Execute("drop table people");
        var gone = Assert.Single((await RunAsync(3, "backup")).GetProperty("suspicions").EnumerateArray()).GetString();

        Assert.Contains("the table people of the database main is not in it, and had 25 rows", gone, StringComparison.Ordinal);
        Assert.True((await ListAsync())[^1].GetProperty("suspicious").GetBoolean());
    }

    [Theory]
    [InlineData("--before")]
    [InlineData("--host")]
    [InlineData("--tag")]
    public async Task One_that_is_much_smaller_is_suspicious_and_no_choice_takes_it_for_a_restore_unasked(string choice)
    {
        var documents = Place.WriteRandom("documents", 1, 500_000);
        Declare("{}", "expect_tables: [orders]\nfiles: { documents: [documents] }");
        var proven = (await RunAsync(0, "backup", "--drill", "--tag", "nightly")).Text("snapshot_id");
        await File.WriteAllTextAsync(documents, "lost", TestContext.Current.CancellationToken);
        var backup = await RunAsync(3, "backup", "--tag", "nightly");
        Assert.Contains("all of it is", Assert.Single(backup.GetProperty("suspicions").EnumerateArray()).GetString(), StringComparison.Ordinal);
        string[] chosen = choice switch
        {
            "--before" => ["--before", DateTimeOffset.Now.AddMinutes(1).ToString("yyyy-MM-ddTHH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture)],
            "--host" => ["--host", Environment.MachineName],
            _ => ["--tag", "nightly"],
        };

        var refused = (await InAsync(["restore", .. chosen, "--target", Place["refused"]])).Expect(1);

        Assert.Contains("is suspicious", refused.Error, StringComparison.Ordinal);
        Assert.Contains(proven[..8], refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Place["refused"]));
        await RunAsync(0, ["restore", "--proven", .. chosen, "--target", Place["proven"]]);
        Assert.Equal(500_000, new FileInfo(Place["proven"] + documents).Length);
    }

    private static IEnumerable<string> Severities(JsonElement status) => status.GetProperty("findings").EnumerateArray().Select(finding => finding.Text("severity"));

    private void Declare(string drill, string more = "expect_tables: [orders]") => Place.Write(
        "holdfast.yaml",
        $"application: shop\ndatabases:\n  main:\n    sqlite: shop.db\n    {more}\nrepositories: {{ local: {{ path: {Place.Repository} }} }}\n{(drill == "{}" ? string.Empty : $"drill: {drill}\n")}");

    private void Fill(int rows) => Execute(
        $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) insert into orders(item) select 'tea' from n");

    private void Execute(string sql)
    {
        using var connection = Workplace.Connect(Path.Combine(Place.Application, "shop.db"));
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private Task<ProgramResult> InAsync(params string[] arguments) => Place.Holdfast.TryRunInAsync(Place.Application, arguments);

    private async Task<JsonElement> RunAsync(int exitCode, params string[] arguments) =>
        (await InAsync([.. arguments, "--json"])).Expect(exitCode).Json();

    private async Task<List<JsonElement>> ListAsync() => [.. (await Place.JsonAsync(0, "list")).EnumerateArray()];
}
