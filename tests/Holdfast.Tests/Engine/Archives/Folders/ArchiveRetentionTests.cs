using System.Globalization;
using FsCheck.Fluent;
using Holdfast.Engine.Archives.Folders;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Xunit;

namespace Holdfast.Tests.Engine.Archives.Folders;

/// <summary>Which archives retention deletes.</summary>
public sealed class ArchiveRetentionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_a_rule_nothing_is_deleted() => Assert.Empty(Expired([Archive(1), Archive(100)], null, null, Now));

    [Fact]
    public void The_newest_are_kept_by_number() => Assert.Equal([3, 4], Days(Expired([Archive(4), Archive(1), Archive(3), Archive(2)], 2, null, Now)));

    [Fact]
    public void The_young_are_kept_by_days() => Assert.Equal([8, 9], Days(Expired([Archive(9), Archive(1), Archive(8), Archive(7)], null, 7, Now)));

    [Fact]
    public void Either_rule_is_enough_to_keep() => Assert.Equal([9], Days(Expired([Archive(1), Archive(2), Archive(8), Archive(9)], 3, 2, Now)));

    [Fact]
    public void The_newest_verified_one_stays_whatever_the_rules_say() =>
        Assert.Equal([3, 50], Days(Expired([Archive(1, verified: false), Archive(2, verified: false), Archive(3, verified: false), Archive(40), Archive(50)], 2, null, Now)));

    [Fact]
    public void One_of_the_future_is_neither_deleted_nor_counted() =>
        Assert.Equal([3], Days(Expired([Archive(-400), Archive(1), Archive(2), Archive(3)], 2, null, Now)));

    [Fact]
    public void What_somebody_else_made_is_neither_deleted_nor_counted() =>
        Assert.Equal([4], Days(Expired([Archive(1) with { IsOwn = false }, Archive(2), Archive(3), Archive(4)], 2, null, Now)));

    [Theory]
    [InlineData(3, null)]
    [InlineData(null, 3)]
    [InlineData(1, 1)]
    public void However_many_doubtful_days_follow_the_last_good_one_stays_and_the_plan_says_why(int? last, int? days)
    {
        List<FolderArchive> folder = [Archive(40), Archive(39), Archive(38)];
        for (var day = 37; day >= 0; day--)
        {
            folder.Add(Archive(day) with { Doubt = "its backup was suspicious" });
            var plan = ArchiveRetention.Plan(folder, last, days, Now.AddDays(-day));
            foreach (var expired in plan.Expired) folder.Remove(expired);
            Assert.Contains(Archive(38), folder);
        }

        if (last is { } number) Assert.Equal(Enumerable.Range(38, number), Days(folder.Where(archive => !archive.IsDoubtful)));
        else Assert.Contains("not doubtful", Assert.Single(ArchiveRetention.Plan(folder, last, days, Now).Spared).Why, StringComparison.Ordinal);
        // A good one comes: now the old ones have had their time.
        folder.Add(Archive(0));
        Assert.DoesNotContain(38, Days(folder.Except(Expired(folder, 1, 1, Now))));
    }

    [Fact]
    public void Doubtful_ones_are_counted_apart() => Assert.Equal(
        [3, 12],
        Days(Expired([.. Enumerable.Range(1, 3).Select(day => Archive(day) with { Doubt = "?" }), Archive(10), Archive(11), Archive(12)], 2, null, Now)));

    [Fact]
    public void The_newest_proven_one_stays_behind_newer_ones_that_are_not()
    {
        var plan = ArchiveRetention.Plan([Archive(1), Archive(2), Archive(8), Archive(9) with { IsProven = true }], 1, null, Now);
        Assert.Equal([2, 8], Days(plan.Expired));
        Assert.Contains("proven", Assert.Single(plan.Spared).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_there_the_promises_hold()
    {
        var archives = Gen.Choose(-10, 60).Zip(Gen.Choose(0, 3)).Select(pair => Archive(pair.Item1, verified: pair.Item2 > 1) with { IsOwn = pair.Item2 != 1 }).ListOf();
        Property.Check(archives.Zip(Gen.Choose(0, 10).Zip(Gen.Choose(0, 40))), 300, given =>
        {
            var all = given.Item1.ToList();
            var expired = Expired(all, given.Item2.Item1, given.Item2.Item2, Now);
            var own = all.Where(archive => archive.IsOwn && archive.Time <= Now).ToList();
            var left = own.Count - expired.Count;
            return expired.All(archive => archive.IsOwn && archive.Time < Now.AddDays(-given.Item2.Item2))
                && left >= Math.Min(own.Count, given.Item2.Item1)
                && (!own.Any(archive => archive.IsVerified) || own.Where(archive => archive.IsVerified).MaxBy(archive => archive.Time) is var best && all.Except(expired).Any(archive => archive.IsVerified && archive.Time == best!.Time));
        });
    }

    private static IReadOnlyList<FolderArchive> Expired(IReadOnlyList<FolderArchive> archives, int? keepLast, int? keepDays, DateTimeOffset now) =>
        ArchiveRetention.Plan(archives, keepLast, keepDays, now).Expired;

    private static IEnumerable<int> Days(IEnumerable<FolderArchive> archives) => archives.Select(archive => (int)(Now - archive.Time).TotalDays).Order();

    private static FolderArchive Archive(int daysOld, bool verified = true)
    {
        var time = Now.AddDays(-daysOld);
        var name = $"a_{time.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}.db";
        return new FolderArchive
        {
            File = FilePath.From("/b").Combine(name),
            Name = name,
            Format = ArchiveFormat.OfExtension("db"),
            Time = time,
            Bytes = 1,
            IsOwn = true,
            IsVerified = verified,
        };
    }
}
