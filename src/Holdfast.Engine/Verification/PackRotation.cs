using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Verification;

/// <summary>
/// Decides which packs a check reads, so that each is read within a period and every run does its share of the work. The next run is expected after
/// as much time as has passed since the last one; what would be overdue by then is read now, however much it is.
/// </summary>
public static class PackRotation
{
    // Nothing is known yet of how often a check runs.
    private static readonly TimeSpan FirstInterval = TimeSpan.FromDays(1);

    /// <param name="packs">What is stored.</param>
    /// <param name="records">What is known of them; a pack that is not among them is new.</param>
    /// <param name="within">The period.</param>
    /// <param name="now">The time of day.</param>
    /// <returns>The packs to read: never verified ones first, then those that were verified longest ago.</returns>
    public static IReadOnlyList<StoredFile> Due(
        IReadOnlyList<StoredFile> packs, IReadOnlyDictionary<Id, PackRecord> records, TimeSpan within, DateTimeOffset now)
    {
        var interval = Interval(records.Values, within, now);
        var share = (long)Math.Ceiling(packs.Sum(pack => pack.Size) * (interval / within));
        long taken = 0;
        return
        [
            .. packs
                .Select(pack => (Pack: pack, Since: Since(records.GetValueOrDefault(pack.Handle.Id), now), Verified: Verified(records.GetValueOrDefault(pack.Handle.Id), now)))
                .OrderBy(pack => pack.Verified is null ? 0 : 1)
                .ThenBy(pack => pack.Since)
                .ThenBy(pack => pack.Pack.Handle.Id)
                .Where(pack =>
                {
                    if (taken >= share && pack.Since + within >= now + interval) return false;
                    taken += pack.Pack.Size;
                    return true;
                })
                .Select(pack => pack.Pack),
        ];
    }

    /// <summary>How much of what is stored was verified within the period.</summary>
    public static ReadCoverage Coverage(IReadOnlyList<StoredFile> packs, IReadOnlyDictionary<Id, PackRecord> records, TimeSpan within, DateTimeOffset now)
    {
        var verified = packs.Where(pack => Verified(records.GetValueOrDefault(pack.Handle.Id), now) is { } at && at > now - within).ToList();
        return new ReadCoverage(within, packs.Count, packs.Sum(pack => pack.Size), verified.Count, verified.Sum(pack => pack.Size));
    }

    private static TimeSpan Interval(IEnumerable<PackRecord> records, TimeSpan within, DateTimeOffset now)
    {
        var last = records.Select(record => Verified(record, now)).Max();
        var interval = last is { } at ? now - at : FirstInterval;
        return interval < within ? interval : within;
    }

    /// <summary>A time in the future is of a clock that was wrong: it counts for nothing.</summary>
    private static DateTimeOffset? Verified(PackRecord? record, DateTimeOffset now) => record?.Verified is { } at && at <= now ? at : null;

    private static DateTimeOffset Since(PackRecord? record, DateTimeOffset now) =>
        Verified(record, now) ?? (record?.Seen is { } seen && seen <= now ? seen : now);
}

/// <summary>How much was verified within a period.</summary>
/// <param name="Within">The period.</param>
/// <param name="Packs">Packs that are stored and that the index lists.</param>
/// <param name="Bytes">Bytes of them.</param>
/// <param name="VerifiedPacks">Those that were read and found good within the period.</param>
/// <param name="VerifiedBytes">Bytes of them.</param>
public sealed record ReadCoverage(TimeSpan Within, int Packs, long Bytes, int VerifiedPacks, long VerifiedBytes);
