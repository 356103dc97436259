using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Forgetting;

/// <summary>Applies a policy to the snapshots of one group, with the results of restic from 0.16 on (section 13).</summary>
/// <param name="policy">What is kept.</param>
/// <param name="clock">Says what is in the future, and in which zone months are counted back.</param>
public sealed class PolicyEvaluation(KeepPolicy policy, TimeProvider clock)
{
    /// <param name="snapshots">Of one group, in any order.</param>
    /// <returns>One verdict for each, newest first; of equal times the greater ID first.</returns>
    /// <exception cref="Failures.HoldfastException">Usage: the policy has a negative count.</exception>
    public IReadOnlyList<PolicyVerdict> Apply(IEnumerable<StoredSnapshot> snapshots)
    {
        policy.ThrowIfNegative();
        var newestFirst = snapshots.OrderByDescending(stored => (stored.Snapshot.Time, stored.Id)).ToList();
        var counted = policy.CountedRules.Where(rule => rule.Count != 0).Select(rule => new CountedRule(rule.Rule, rule.Count)).ToList();
        var within = SpanRules(newestFirst);
        var verdicts = new List<PolicyVerdict>(newestFirst.Count);
        foreach (var stored in newestFirst)
        {
            var (matches, misses) = (new List<KeepMatch>(), new List<KeepMiss>());
            MatchTags(stored, matches, misses);
            // The oldest reaches as far back as can be, as long as nothing newer needs its place.
            var isOldest = verdicts.Count == newestFirst.Count - 1;
            foreach (var rule in within.Where(rule => rule.Rule == KeepRule.Within)) rule.Look(stored, isOldest, matches, misses);
            foreach (var rule in counted) rule.Look(stored, isOldest, matches, misses);
            foreach (var rule in within.Where(rule => rule.Rule != KeepRule.Within)) rule.Look(stored, isOldest, matches, misses);
            verdicts.Add(new PolicyVerdict(stored, matches, misses, Counters(counted)));
        }

        return verdicts;
    }

    /// <summary>The rules that reach back from the newest snapshot that is not in the future; all that come before the beginning of time count.</summary>
    private List<SpanRule> SpanRules(List<StoredSnapshot> newestFirst)
    {
        var now = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
        var latest = newestFirst.Select(stored => stored.Snapshot.Time).FirstOrDefault(time => time < now, Timestamp.Unset);
        return [.. policy.PeriodSpans.Prepend((KeepRule.Within, policy.Within))
            .Where(rule => !rule.Item2.IsZero)
            .Select(rule => new SpanRule(rule.Item1, rule.Item2, rule.Item2.Before(latest, clock.LocalTimeZone)))];
    }

    private void MatchTags(StoredSnapshot stored, List<KeepMatch> matches, List<KeepMiss> misses)
    {
        if (policy.TagSets.Count == 0) return;
        var tags = stored.Snapshot.Tags;
        var before = matches.Count;
        matches.AddRange(policy.TagSets.Where(set => HasAll(tags, set)).Select(set => new KeepMatch(KeepRule.Tags, Tags: set)));
        if (matches.Count == before) misses.Add(new KeepMiss(KeepRule.Tags, KeepMissCause.OtherTags, default, 0, null));
    }

    private static bool HasAll(IReadOnlyList<string> tags, IReadOnlyList<string> set)
    {
        foreach (var tag in set)
        {
            if (tag.Length == 0 && tags.Count == 0) return true;
            if (!tags.Contains(tag, StringComparer.Ordinal)) return false;
        }

        return true;
    }

    private static KeepCounters Counters(List<CountedRule> rules)
    {
        return new KeepCounters(
            Left(KeepRule.Last), Left(KeepRule.Hourly), Left(KeepRule.Daily), Left(KeepRule.Weekly), Left(KeepRule.Monthly), Left(KeepRule.Yearly));

        int Left(KeepRule which) => rules.Find(rule => rule.Rule == which)?.Left ?? 0;
    }

    private sealed class CountedRule(KeepRule rule, int count)
    {
        private long? _period;
        private StoredSnapshot? _keptLast;
        private int _used;

        internal KeepRule Rule => rule;

        internal int Left => count < 0 ? count : count - _used;

        internal void Look(StoredSnapshot stored, bool isOldest, List<KeepMatch> matches, List<KeepMiss> misses)
        {
            if (Left == 0)
            {
                misses.Add(new KeepMiss(rule, KeepMissCause.CountUsedUp, default, count, null));
                return;
            }

            var period = rule == KeepRule.Last ? (_period ?? -1) + 1 : CalendarPeriod.Of(rule, stored.Snapshot.Time);
            var isTaken = period == _period;
            if (isTaken && !isOldest)
            {
                misses.Add(new KeepMiss(rule, KeepMissCause.PeriodTaken, default, count, _keptLast));
                return;
            }

            matches.Add(new KeepMatch(rule, IsOldest: isTaken));
            (_period, _keptLast) = (period, stored);
            _used++;
        }
    }

    private sealed class SpanRule(KeepRule rule, CalendarSpan span, Timestamp after)
    {
        private long? _period;
        private StoredSnapshot? _keptLast;

        internal KeepRule Rule => rule;

        internal void Look(StoredSnapshot stored, bool isOldest, List<KeepMatch> matches, List<KeepMiss> misses)
        {
            if (stored.Snapshot.Time <= after)
            {
                misses.Add(new KeepMiss(rule, KeepMissCause.TooOld, span, 0, null));
                return;
            }

            long? period = rule == KeepRule.Within ? null : CalendarPeriod.Of(rule, stored.Snapshot.Time);
            var isTaken = period is not null && period == _period;
            if (isTaken && !isOldest)
            {
                misses.Add(new KeepMiss(rule, KeepMissCause.PeriodTaken, span, 0, _keptLast));
                return;
            }

            matches.Add(new KeepMatch(rule, span, IsOldest: isTaken));
            (_period, _keptLast) = (period, stored);
        }
    }
}
