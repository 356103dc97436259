namespace Holdfast.Engine.Archives.Folders;

/// <summary>What retention does in a folder of archives.</summary>
/// <param name="Expired">Those that have had their time, the newest first.</param>
/// <param name="Spared">Those that number and age do not keep, and that stay all the same.</param>
public sealed record ArchiveRetentionPlan(IReadOnlyList<FolderArchive> Expired, IReadOnlyList<SparedArchive> Spared);

/// <param name="Archive">What stays.</param>
/// <param name="Why">The end of a sentence that begins "is kept beyond its time".</param>
public sealed record SparedArchive(FolderArchive Archive, string Why);

/// <summary>Which archives of a folder have had their time.</summary>
public static class ArchiveRetention
{
    /// <summary>
    /// Those that neither number nor age keeps. Never one that Holdfast did not make, never the newest that was verified, nor the newest that is not
    /// doubtful, nor the newest that is proven; and none of the future: a clock was wrong then or is wrong now, so such a one is neither deleted nor
    /// counted. Doubtful ones are counted apart, so that however many come one after another, they push out no good one.
    /// </summary>
    /// <param name="archives">Of one folder, in any order.</param>
    /// <param name="keepLast">How many of the newest are kept; null for no such rule.</param>
    /// <param name="keepDays">For how many days each is kept; null for no such rule. Without either rule nothing is deleted.</param>
    /// <param name="now">The present.</param>
    public static ArchiveRetentionPlan Plan(IReadOnlyList<FolderArchive> archives, int? keepLast, int? keepDays, DateTimeOffset now)
    {
        if (keepLast is null && keepDays is null) return new ArchiveRetentionPlan([], []);
        var counted = archives.Where(archive => archive.IsOwn && archive.Time <= now)
            .OrderByDescending(archive => archive.Time).ThenByDescending(archive => archive.Name, StringComparer.Ordinal).ToList();
        var oldest = keepDays is { } days ? now - TimeSpan.FromDays(days) : (DateTimeOffset?)null;
        var overdue = counted.GroupBy(archive => archive.IsDoubtful)
            .SelectMany(alike => alike.Where((archive, index) => !(keepLast is { } last && index < last) && !(oldest is { } limit && archive.Time >= limit)))
            .ToHashSet();
        var spared = Pillars(counted).Where(pillar => overdue.Contains(pillar.Archive)).DistinctBy(pillar => pillar.Archive).ToList();
        return new ArchiveRetentionPlan([.. counted.Where(overdue.Contains).Except(spared.Select(pillar => pillar.Archive))], spared);
    }

    /// <summary>What is never deleted, whatever the rules say.</summary>
    private static IEnumerable<SparedArchive> Pillars(List<FolderArchive> newestFirst)
    {
        var verified = newestFirst.Where(archive => archive.IsVerified).ToList();
        if (verified.Find(archive => archive.IsProven) is { } proven) yield return new SparedArchive(proven, "it is the newest of a snapshot that is proven");
        if (verified.Find(archive => !archive.IsDoubtful) is { } good) yield return new SparedArchive(good, "it is the newest that is not doubtful");
        if (verified.Count > 0) yield return new SparedArchive(verified[0], "it is the newest that was read back");
    }
}
