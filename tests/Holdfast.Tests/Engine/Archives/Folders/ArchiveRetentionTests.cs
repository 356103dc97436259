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
    public void Without_a_rule_nothing_is_deleted() => Assert.Empty(ArchiveRetention.Expired([Archive(1), Archive(100)], null, null, Now));

    [Fact]
    public void The_newest_are_kept_by_number() => Assert.Equal([3, 4], Days(ArchiveRetention.Expired([Archive(4), Archive(1), Archive(3), Archive(2)], 2, null, Now)));

    [Fact]
    public void The_young_are_kept_by_days() => Assert.Equal([8, 9], Days(ArchiveRetention.Expired([Archive(9), Archive(1), Archive(8), Archive(7)], null, 7, Now)));

    [Fact]
    public void Either_rule_is_enough_to_keep() => Assert.Equal([9], Days(ArchiveRetention.Expired([Archive(1), Archive(2), Archive(8), Archive(9)], 3, 2, Now)));

    [Fact]
    public void The_newest_verified_one_stays_whatever_the_rules_say() =>
        Assert.Equal([3, 50], Days(ArchiveRetention.Expired([Archive(1, verified: false), Archive(2, verified: false), Archive(3, verified: false), Archive(40), Archive(50)], 2, null, Now)));

    [Fact]
    public void One_of_the_future_is_neither_deleted_nor_counted() =>
        Assert.Equal([3], Days(ArchiveRetention.Expired([Archive(-400), Archive(1), Archive(2), Archive(3)], 2, null, Now)));

    [Fact]
    public void What_somebody_else_made_is_neither_deleted_nor_counted() =>
        Assert.Equal([4], Days(ArchiveRetention.Expired([Archive(1) with { IsOwn = false }, Archive(2), Archive(3), Archive(4)], 2, null, Now)));

    [Fact]
    public void Whatever_is_there_the_promises_hold()
    {
        var archives = Gen.Choose(-10, 60).Zip(Gen.Choose(0, 3)).Select(pair => Archive(pair.Item1, verified: pair.Item2 > 1) with { IsOwn = pair.Item2 != 1 }).ListOf();
        Property.Check(archives.Zip(Gen.Choose(0, 10).Zip(Gen.Choose(0, 40))), 300, given =>
        {
            var all = given.Item1.ToList();
            var expired = ArchiveRetention.Expired(all, given.Item2.Item1, given.Item2.Item2, Now);
            var own = all.Where(archive => archive.IsOwn && archive.Time <= Now).ToList();
            var left = own.Count - expired.Count;
            return expired.All(archive => archive.IsOwn && archive.Time < Now.AddDays(-given.Item2.Item2))
                && left >= Math.Min(own.Count, given.Item2.Item1)
                && (!own.Any(archive => archive.IsVerified) || own.Where(archive => archive.IsVerified).MaxBy(archive => archive.Time) is var best && all.Except(expired).Any(archive => archive.IsVerified && archive.Time == best!.Time));
        });
    }

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
