using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Forgetting;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.EndToEnd.Retention;

/// <summary>Snapshots and policies as they come out of a seed: hosts, paths, tags and clocks mixed, some in bursts, no two at one moment.</summary>
internal sealed class RandomHistory(int seed)
{
    private static readonly DateTimeOffset Newest = new(2025, 11, 3, 7, 0, 0, TimeSpan.Zero);
    private static readonly string[] Tags = ["foo", "bar", "baz"];
    private static readonly string[] Units = ["h", "d", "m", "y"];

    private readonly Random _random = new(seed);

    /// <summary>Saves the snapshot files; there is nothing behind them, and forgetting does not ask.</summary>
    internal async Task<IReadOnlyList<StoredSnapshot>> SaveAsync(Repository repository, int count, CancellationToken cancellationToken)
    {
        var stored = new List<StoredSnapshot>();
        var time = Newest;
        for (var i = 0; i < count; i++)
        {
            // From seconds to months, so that every rule has something to choose from.
            time -= TimeSpan.FromSeconds(1 + Math.Exp(_random.NextDouble() * (_random.Next(4) == 0 ? 16.5 : 11)));
            var offset = new[] { 0, 60, 120, 330, -300 }[_random.Next(5)];
            var snapshot = new Snapshot
            {
                Time = Timestamp.FromDateTimeOffset(time.ToOffset(TimeSpan.FromMinutes(offset))),
                Tree = Id.Random(),
                Paths = _random.Next(3) == 0 ? ["/y", "/x"] : ["/x"],
                Hostname = _random.Next(3) == 0 ? "other" : "host",
                Tags = [.. Tags.Where(_ => _random.Next(4) == 0)],
            };
            var id = await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), cancellationToken);
            stored.Add(new StoredSnapshot(id, snapshot));
        }

        return stored;
    }

    /// <summary>A policy that is not empty, and how restic is told of it.</summary>
    internal (KeepPolicy Policy, IReadOnlyList<string> Arguments) Policy()
    {
        var arguments = new List<string>();
        var policy = new KeepPolicy
        {
            Last = Count("last"),
            Hourly = Count("hourly"),
            Daily = Count("daily"),
            Weekly = Count("weekly"),
            Monthly = Count("monthly"),
            Yearly = Count("yearly"),
            Within = Span("within"),
            WithinHourly = Span("within-hourly"),
            WithinDaily = Span("within-daily"),
            WithinWeekly = Span("within-weekly"),
            WithinMonthly = Span("within-monthly"),
            WithinYearly = Span("within-yearly"),
            TagSets = TagSets(),
        };
        return policy.IsEmpty ? Policy() : (policy, arguments);

        int Count(string name)
        {
            if (_random.Next(3) != 0) return 0;
            var count = 1 + _random.Next(9);
            arguments.AddRange([$"--keep-{name}", count.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            return count;
        }

        CalendarSpan Span(string name)
        {
            if (_random.Next(4) != 0) return default;
            var text = string.Concat(Units.Where(_ => _random.Next(2) == 0).Select(unit => $"{1 + _random.Next(unit is "y" ? 2 : 15)}{unit}"));
            if (text.Length == 0) return default;
            arguments.AddRange([$"--keep-{name}", text]);
            return CalendarSpan.Parse(text);
        }

        IReadOnlyList<IReadOnlyList<string>> TagSets()
        {
            var sets = new List<IReadOnlyList<string>>();
            foreach (var text in new[] { "foo", "bar,baz", string.Empty }.Where(_ => _random.Next(5) == 0))
            {
                arguments.AddRange(["--keep-tag", text]);
                sets.Add(text.Split(','));
            }

            return sets;
        }
    }

    internal SnapshotGrouping Grouping() => (SnapshotGrouping)_random.Next(8);
}
