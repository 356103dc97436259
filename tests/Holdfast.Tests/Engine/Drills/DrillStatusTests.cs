using Holdfast.Engine.Drills;
using Holdfast.Engine.Findings;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

public sealed class DrillStatusTests
{
    private readonly StoredSnapshot _old = ProofStoreTests.Stored("old", "1", "app=shop");
    private readonly StoredSnapshot _new = ProofStoreTests.Stored("new", "2", "app=shop");

    [Fact]
    public void Nothing_to_restore_or_nothing_proven_is_critical()
    {
        Assert.Equal([FindingSeverity.Critical], Severities([], ProofBook.Empty));
        Assert.Equal([FindingSeverity.Critical], Severities([_old], ProofBook.Empty));
    }

    [Fact]
    public void A_proven_latest_is_all_there_is_to_say()
    {
        var clock = new ManualTimeProvider(_new.Snapshot.Time.ToDateTimeOffset().AddDays(3));
        var finding = Assert.Single(DrillStatus.Findings(Book(_old, _new), [_old, _new], "shop", clock, Accept));
        Assert.Equal(FindingSeverity.Ok, finding.Severity);
        Assert.Contains($"{_new.Id.Short} of ", finding.Message, StringComparison.Ordinal);
        Assert.Contains("3 days old", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_drill_is_critical_until_a_newer_one_is_proven()
    {
        var failed = ProofStoreTests.Drill(_old) with { Proven = false };
        Assert.Equal([FindingSeverity.Ok], Severities([_old, _new], new ProofBook([failed, ProofStoreTests.Drill(_new)])));
        var newest = new ProofBook([ProofStoreTests.Drill(_old), ProofStoreTests.Drill(_new) with { Proven = false }]);
        Assert.Equal([FindingSeverity.Ok, FindingSeverity.Critical], Severities([_old, _new], newest));
    }

    [Fact]
    public void What_is_newer_than_the_proof_is_a_warning_when_it_is_unproven_or_suspicious()
    {
        Assert.Equal([FindingSeverity.Ok, FindingSeverity.Warning], Severities([_old, _new], Book(_old)));
        var suspicious = ProofStoreTests.Stored("suspicious", "3", "app=shop", SuspiciousTag.Value);
        Assert.Equal([FindingSeverity.Ok, FindingSeverity.Warning], Severities([_old, suspicious], Book(_old, suspicious)));
    }

    [Fact]
    public void An_imported_archive_stands_in_for_no_backup()
    {
        var imported = ProofStoreTests.Stored("imported", "3", "app=shop", ImportedTag.Value);
        Assert.Equal(_old.Id, Book(_old, imported).LastProven([_old, _new, imported], "shop")?.Id);
        Assert.Equal([FindingSeverity.Ok, FindingSeverity.Warning], Severities([_old, _new, imported], Book(_old, imported)));
        Assert.Equal([FindingSeverity.Critical], Severities([_old, imported], Book(imported)));
        // On a new machine there may be nothing else.
        Assert.Equal([FindingSeverity.Ok], Severities([imported], Book(imported)));
    }

    [Fact]
    public void An_imported_archive_that_nobody_proved_is_no_newer_restore_point() =>
        Assert.Equal([FindingSeverity.Ok], Severities([_old, ProofStoreTests.Stored("imported", "3", "app=shop", ImportedTag.Value)], Book(_old)));

    [Fact]
    public void Suspicious_ones_are_one_warning_with_the_command_that_accepts_the_newest_and_without_those_that_failed()
    {
        var suspicious = Enumerable.Range(3, 3).Select(time => ProofStoreTests.Stored($"s{time}", $"{time}", "app=shop", SuspiciousTag.Value)).ToList();
        var failed = ProofStoreTests.Stored("failed", "7", "app=shop", SuspiciousTag.Value);
        var book = new ProofBook([ProofStoreTests.Drill(_old), .. suspicious.Select(ProofStoreTests.Drill), ProofStoreTests.Drill(failed) with { Proven = false }]);
        var finding = Assert.Single(
            DrillStatus.Findings(book, [_old, .. suspicious, failed], "shop", TimeProvider.System, Accept), one => one.Message.Contains("suspicious", StringComparison.Ordinal));
        Assert.StartsWith($"3 newer restore points are suspicious, the newest is {suspicious[2].Id.Short}", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith($"this accepts it: accept {suspicious[2].Id.Short}", finding.Hint!, StringComparison.Ordinal);
    }

    [Fact]
    public void An_incomplete_one_is_told_and_no_drill_of_it_is_advised()
    {
        var incomplete = ProofStoreTests.Stored("incomplete", "3", "app=shop", IncompleteTag.Value);
        Assert.False(ProofBook.Empty.MayBeProven(incomplete));
        var finding = Assert.Single(DrillStatus.Findings(Book(_old), [_old, incomplete], "shop", TimeProvider.System, Accept).Skip(1));
        Assert.Contains("is incomplete: no drill can prove that", finding.Message, StringComparison.Ordinal);
        var alone = DrillStatus.Findings(ProofBook.Empty, [incomplete], "shop", TimeProvider.System, Accept);
        Assert.DoesNotContain("prove the latest", alone[0].Hint!, StringComparison.Ordinal);
    }

    private static string Accept(StoredSnapshot stored) => $"accept {stored.Id.Short}";

    [Fact]
    public void A_drill_that_failed_after_the_last_proof_is_critical_also_of_an_older_snapshot()
    {
        var failed = ProofStoreTests.Drill(_old) with { Proven = false };
        Assert.Equal([FindingSeverity.Ok, FindingSeverity.Critical], Severities([_old, _new], new ProofBook([ProofStoreTests.Drill(_new), failed])));
        // Proven again, the newest has the last word.
        Assert.Equal([FindingSeverity.Ok], Severities([_old, _new], new ProofBook([failed, ProofStoreTests.Drill(_new)])));
    }

    [Fact]
    public void A_proven_snapshot_of_the_future_hides_nothing_and_is_a_warning()
    {
        var clock = new ManualTimeProvider(_new.Snapshot.Time.ToDateTimeOffset().AddDays(3));
        var later = _new.Snapshot.Time.ToDateTimeOffset().AddYears(5);
        var future = ProofStoreTests.Stored("future", "3", "app=shop") is var made
            ? made with { Snapshot = made.Snapshot with { Time = Timestamp.FromDateTimeOffset(later) } }
            : null!;
        var failed = ProofStoreTests.Drill(_new) with { Proven = false };
        Assert.Equal(
            [FindingSeverity.Ok, FindingSeverity.Warning, FindingSeverity.Critical],
            DrillStatus.Findings(new ProofBook([ProofStoreTests.Drill(_old), ProofStoreTests.Drill(future), failed]), [_old, _new, future], "shop", clock, Accept).Select(finding => finding.Severity));
        Assert.Equal(
            [FindingSeverity.Ok, FindingSeverity.Warning, FindingSeverity.Critical],
            DrillStatus.Findings(new ProofBook([ProofStoreTests.Drill(future), failed]), [_new, future], "shop", clock, Accept).Select(finding => finding.Severity));
    }

    private static ProofBook Book(params StoredSnapshot[] proven) => new([.. proven.Select(ProofStoreTests.Drill)]);

    private static IEnumerable<FindingSeverity> Severities(IReadOnlyList<StoredSnapshot> snapshots, ProofBook book) =>
        DrillStatus.Findings(book, snapshots, "shop", TimeProvider.System, Accept).Select(finding => finding.Severity);
}
