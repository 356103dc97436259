namespace Holdfast.Engine.Archives.Folders;

/// <summary>Which archives of a folder have had their time.</summary>
public static class ArchiveRetention
{
    /// <summary>
    /// Those that neither number nor age keeps. Never one that Holdfast did not make, never the newest verified one, and none of the future:
    /// a clock was wrong then or is wrong now, so such a one is neither deleted nor counted.
    /// </summary>
    /// <param name="archives">Of one folder, in any order.</param>
    /// <param name="keepLast">How many of the newest are kept; null for no such rule.</param>
    /// <param name="keepDays">For how many days each is kept; null for no such rule. Without either rule nothing is deleted.</param>
    /// <param name="now">The present.</param>
    public static IReadOnlyList<FolderArchive> Expired(IReadOnlyList<FolderArchive> archives, int? keepLast, int? keepDays, DateTimeOffset now)
    {
        if (keepLast is null && keepDays is null) return [];
        var counted = archives.Where(archive => archive.IsOwn && archive.Time <= now)
            .OrderByDescending(archive => archive.Time).ThenByDescending(archive => archive.Name, StringComparer.Ordinal).ToList();
        var newestVerified = counted.Find(archive => archive.IsVerified);
        var oldest = keepDays is { } days ? now - TimeSpan.FromDays(days) : (DateTimeOffset?)null;
        return
        [
            .. counted.Where((archive, index) => archive != newestVerified
                && !(keepLast is { } last && index < last)
                && !(oldest is { } limit && archive.Time >= limit)),
        ];
    }
}
