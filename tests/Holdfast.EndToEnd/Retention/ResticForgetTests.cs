using System.Globalization;
using System.Text.Json;
using Holdfast.EndToEnd.Restic;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Retention;

/// <summary>
/// The policy beside that of the real restic, on random histories: the same groups, the same snapshots kept, for the same reasons, with the same counters
/// left. HOLDFAST_FORGET_HISTORIES asks for more of them.
/// </summary>
public sealed class ResticForgetTests : IDisposable
{
    private const int Snapshots = 60;
    private const int PoliciesOfEach = 8;
    private const string Zone = "Europe/Berlin";

    private readonly TempDirectory _temp = new();
    private readonly TimeProvider _clock = new BerlinClock();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Histories => int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FORGET_HISTORIES"), CultureInfo.InvariantCulture, out var count) ? count : 5;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Keeps_what_the_real_restic_keeps_for_the_same_reasons()
    {
        var keepsOldest = await KeepsOldestAsync();
        for (var seed = 1; seed <= Histories; seed++)
        {
            var path = _temp[string.Create(CultureInfo.InvariantCulture, $"repository-{seed}")];
            using var own = await OwnRepository.CreateAsync(path);
            var history = new RandomHistory(seed);
            var snapshots = await history.SaveAsync(own.Repository, Snapshots, Token);
            for (var round = 0; round < PoliciesOfEach; round++)
            {
                var (policy, arguments) = history.Policy();
                var grouping = history.Grouping();
                var expected = Lines(await ResticAsync(path, grouping, arguments));
                var actual = snapshots.GroupBy(stored => SnapshotGroupKey.Of(stored.Snapshot, grouping))
                    .SelectMany(group => Lines(group.Key, new PolicyEvaluation(policy, _clock).Apply(group), keepsOldest));

                Assert.Equal(expected, actual.Order(StringComparer.Ordinal));
            }
        }
    }

    private static async Task<bool> KeepsOldestAsync()
    {
        var words = (await RunningProcess.RunAsync(RealComponent.Require("restic"), ["version"])).Output.Split(' ');
        return Version.Parse(words[1]) >= new Version(0, 16);
    }

    private static async Task<JsonElement> ResticAsync(string repository, SnapshotGrouping grouping, IReadOnlyList<string> arguments)
    {
        var by = string.Join(',', new[] { (SnapshotGrouping.Host, "host"), (SnapshotGrouping.Paths, "paths"), (SnapshotGrouping.Tags, "tags") }
            .Where(one => grouping.HasFlag(one.Item1)).Select(one => one.Item2));
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["RESTIC_REPOSITORY"] = repository,
            ["RESTIC_PASSWORD"] = OwnRepository.Passphrase,
            ["TZ"] = Zone,
        };
        var result = await RunningProcess.RunAsync(
            RealComponent.Require("restic"), ["--no-cache", "forget", "--dry-run", "--no-lock", "--json", "--group-by", by, .. arguments], environment);
        return JsonDocument.Parse(result.Expect(0).Output.Split('\n').First(line => line.StartsWith('['))).RootElement;
    }

    private static List<string> Lines(JsonElement groups)
    {
        var lines = new List<string>();
        foreach (var group in groups.EnumerateArray())
        {
            var key = $"{group.GetProperty("host").GetString()} {Joined(group.GetProperty("paths"))} {Joined(group.GetProperty("tags"))}";
            var kept = Elements(group.GetProperty("keep")).Select(one => one.GetProperty("id").GetString()).ToList();
            var reasons = Elements(group.GetProperty("reasons")).ToList();
            for (var i = 0; i < kept.Count; i++)
            {
                var counters = reasons[i].GetProperty("counters");
                lines.Add($"{key} {kept[i]} {string.Join("; ", Elements(reasons[i].GetProperty("matches")))} | "
                    + string.Join(' ', new[] { "last", "hourly", "daily", "weekly", "monthly", "yearly" }
                        .Select(name => counters.TryGetProperty(name, out var left) ? left.GetInt32() : 0)));
            }

            lines.AddRange(Elements(group.GetProperty("remove")).Select(one => $"{key} {one.GetProperty("id").GetString()} removed"));
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static IEnumerable<string> Lines(SnapshotGroupKey key, IReadOnlyList<PolicyVerdict> verdicts, bool keepsOldest)
    {
        var group = $"{key.Host} {string.Join(',', key.Paths ?? [])} {string.Join(',', key.Tags ?? [])}";
        foreach (var verdict in verdicts)
        {
            var matches = verdict.Matches.Where(match => keepsOldest || !match.IsOldest).ToList();
            var given = matches.Count == verdict.Matches.Count ? [] : verdict.Matches.Except(matches).Select(match => match.Rule).ToList();
            yield return matches.Count == 0
                ? $"{group} {verdict.Stored.Id} removed"
                : $"{group} {verdict.Stored.Id} {string.Join("; ", matches)} | {string.Join(' ', Counters(verdict.Counters, given))}";
        }
    }

    /// <summary>What an old restic does not keep costs it no place.</summary>
    private static IEnumerable<int> Counters(KeepCounters left, List<KeepRule> given)
    {
        return
        [
            left.Last, Back(KeepRule.Hourly, left.Hourly), Back(KeepRule.Daily, left.Daily), Back(KeepRule.Weekly, left.Weekly),
            Back(KeepRule.Monthly, left.Monthly), Back(KeepRule.Yearly, left.Yearly),
        ];

        int Back(KeepRule rule, int count) => given.Contains(rule) ? count + 1 : count;
    }

    private static string Joined(JsonElement texts) => string.Join(',', Elements(texts));

    private static IEnumerable<JsonElement> Elements(JsonElement array) => array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : [];

    private sealed class BerlinClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.FindSystemTimeZoneById(Zone);
    }
}
