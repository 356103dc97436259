using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.State;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Drills;

public sealed class ProofStoreTests : IDisposable
{
    private const string FirstVersion = """
        create table proofs(
            id integer primary key autoincrement,
            repository text not null,
            snapshot text not null,
            proven integer not null,
            at text not null,
            seconds real not null,
            program text not null,
            checks text not null);
        create index proofs_by_snapshot on proofs(repository, snapshot, id);
        """;

    private const string SecondVersion = """
        alter table proofs add column location text not null default '';
        drop index proofs_by_snapshot;
        create index proofs_by_snapshot on proofs(repository, location, snapshot, id);
        """;

    private readonly TempDirectory _temp = new();
    private readonly Id _repository = Id.Of("repository"u8);

    private FilePath Folder => FilePath.From(_temp["a", "state"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Remembers_the_last_drill_of_each_content_whatever_the_clock_says()
    {
        var shop = Stored("shop", "content");
        var drill = Drill(shop);
        using (var state = LocalState.Open(Folder))
        {
            var store = new ProofStore(state);
            store.Record(drill);
            store.Record(drill with { Proven = false, At = drill.At.AddYears(-10) });
            store.Record(Drill(Stored("other", "other content")));
            store.Record(drill with { Repository = Id.Of("another"u8) });
        }

        using var again = LocalState.Open(Folder);
        var book = new ProofStore(again).Load(_repository, "/here");
        Assert.Equal(2, book.Drills.Count);
        Assert.Equal(drill with { Proven = false, At = drill.At.AddYears(-10) }, book.LastOf(shop));
        Assert.True(book.IsProven(Stored("other", "other content")));
        Assert.Empty(new ProofStore(again).Load(Id.Of("unknown"u8), "/here").Drills);
    }

    [Fact]
    public void A_snapshot_with_the_same_content_and_another_ID_is_proven_with_it()
    {
        using var state = LocalState.Open(Folder);
        var store = new ProofStore(state);
        store.Record(Drill(Stored("before", "content")));
        var book = store.Load(_repository, "/here");
        Assert.True(book.IsProven(Stored("after restic tag", "content")));
        Assert.False(book.IsProven(Stored("before", "other content")));
    }

    [Fact]
    public void A_copy_of_the_repository_elsewhere_is_not_proven_with_it()
    {
        using var state = LocalState.Open(Folder);
        var store = new ProofStore(state);
        var shop = Stored("shop", "content");
        store.Record(Drill(shop));
        store.Record(Drill(shop) with { Location = "/there", Proven = false });

        Assert.True(store.Load(_repository, "/here").IsProven(shop));
        Assert.True(store.Load(_repository, "/there").HasFailed(shop));
        Assert.Null(store.Load(_repository, "/elsewhere").LastOf(shop));
    }

    [Fact]
    public void A_drill_of_the_first_version_counts_for_no_place_and_one_of_the_second_for_its_ID()
    {
        var shop = Stored("shop", "content");
        Directory.CreateDirectory(Folder.ToString());
        var insert = $"insert into proofs(repository, snapshot, proven, at, seconds, program, checks, location) values('{_repository}', '{shop.Id}', 1, '2026-05-01T00:00:00+00:00', 1, '', '[]'";
        using (SqliteStore.Open(
            Folder.Combine("state.db").ToString(), [FirstVersion, SecondVersion + insert + ", ''); " + insert + ", '/here');"]))
        {
        }

        using var state = LocalState.Open(Folder);
        Assert.True(new ProofStore(state).Load(_repository, "/here").IsProven(shop));
        Assert.False(new ProofStore(state).Load(_repository, "/here").IsProven(Stored("tagged", "content")));
        Assert.False(new ProofStore(state).Load(_repository, "/there").IsProven(shop));
    }

    [Fact]
    public void What_a_check_finds_hurt_is_not_proven_any_more()
    {
        using var state = LocalState.Open(Folder);
        var store = new ProofStore(state);
        var (hurt, tagged, sound) = (Stored("hurt", "content"), Stored("tagged", "content"), Stored("sound", "sound content"));
        store.Record(Drill(hurt));
        store.Record(Drill(sound));
        var check = new CheckResult([], 3, 1, 1, 1, 1, 0) { HurtSnapshots = new HashSet<Id> { tagged.Id } };

        var withdrawn = ProofWithdrawal.Withdraw(
            store, store.Load(_repository, "/here"), [hurt, tagged, sound], check, "test 2", DateTimeOffset.UnixEpoch);

        Assert.Equal([hurt.Id], withdrawn);
        var book = store.Load(_repository, "/here");
        Assert.True(book.HasFailed(hurt));
        Assert.Equal(ProofWithdrawal.CheckName, Assert.Single(book.FailedChecks(tagged)).Name);
        Assert.True(book.IsProven(sound));
    }

    [Fact]
    public void For_a_removal_what_is_proven_of_other_places_and_repositories_is_known()
    {
        using var state = LocalState.Open(Folder);
        var store = new ProofStore(state);
        var (here, there, refuted) = (Stored("here", "1"), Stored("there", "2"), Stored("refuted", "3"));
        store.Record(Drill(here));
        store.Record(Drill(there) with { Location = "/there" });
        store.Record(Drill(refuted) with { Repository = Id.Of("another"u8) });
        store.Record(Drill(refuted) with { Repository = Id.Of("another"u8), Proven = false });

        var book = store.LoadForRemoval(_repository, "/here");

        Assert.Equal((true, false), (book.IsProven(here), book.IsProvenElsewhere(here)));
        Assert.Equal((false, true), (book.IsProven(there), book.IsProvenElsewhere(there)));
        Assert.Equal((false, false), (book.IsProven(refuted), book.IsProvenElsewhere(refuted)));
        Assert.True(book.IsProvenElsewhere(Stored("copy", "2")));
    }

    [Fact]
    public void What_was_found_hurt_and_is_whole_again_is_proven_as_it_was()
    {
        using var state = LocalState.Open(Folder);
        var store = new ProofStore(state);
        var (mended, still, refuted) = (Stored("mended", "1"), Stored("still", "2"), Stored("refuted", "3"));
        IReadOnlyList<StoredSnapshot> all = [mended, still, refuted];
        foreach (var stored in all) store.Record(Drill(stored));
        ProofWithdrawal.Withdraw(
            store, Book(), all, new CheckResult([], 3, 0, 1, 0, 0, 0) { HurtSnapshots = new HashSet<Id> { mended.Id, still.Id } }, "test 2", DateTimeOffset.UnixEpoch);
        store.Record(Drill(refuted) with { Proven = false, ChecksJson = DrillCheck.Serialize([new DrillCheck("integrity_check", "shop", Passed: false, null, 0)]) });
        Assert.Equal((true, true, false), (Book().MayBeProven(mended), Book().MayBeProven(still), Book().MayBeProven(refuted)));

        var given = ProofWithdrawal.GiveBack(store, Book(), all, new CheckResult([], 3, 1, 1, 1, 1, 1) { HurtSnapshots = new HashSet<Id> { still.Id } });

        Assert.Equal([mended.Id], given);
        Assert.Equal(Drill(mended), Book().LastOf(mended));
        Assert.True(Book().HasFailed(still) && Book().HasFailed(refuted));

        ProofBook Book() => store.Load(_repository, "/here");
    }

    [Fact]
    public void The_last_proven_is_neither_suspicious_nor_a_safety_snapshot_nor_of_another_application()
    {
        var (old, suspicious) = (Stored("old", "1", "app=shop"), Stored("new", "2", "app=shop", SuspiciousTag.Value));
        var (safety, other) = (Stored("safety", "3", "app=shop", SafetyTag.Value), Stored("other", "4", "app=other"));
        var unproven = Stored("unproven", "5", "app=shop");
        IReadOnlyList<StoredSnapshot> all = [old, suspicious, safety, other, unproven];
        var book = new ProofBook([.. new[] { old, suspicious, safety, other }.Select(Drill)]);

        Assert.Equal(old, book.LastProven(all, "shop"));
        Assert.Equal(suspicious, book.LastProven([suspicious, safety], "shop"));
        Assert.Equal(other, book.LastProven(all.Reverse(), "other"));
        Assert.Null(book.LastProven([unproven], null));
        Assert.Equal([unproven], book.Unproven(all, "shop"));
    }

    internal static StoredSnapshot Stored(string name, string content, params string[] tags) => new(
        Id.Of(System.Text.Encoding.UTF8.GetBytes(name)),
        new Snapshot
        {
            Time = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddDays(20_000 + content[0])),
            Tree = Id.Of(System.Text.Encoding.UTF8.GetBytes(content)),
            Paths = ["/srv"],
            Tags = tags,
        });

    internal static DrillRecord Drill(StoredSnapshot stored) => new()
    {
        Repository = Id.Of("repository"u8),
        Location = "/here",
        Snapshot = stored.Id,
        Tree = stored.Snapshot.Tree,
        Proven = true,
        At = new DateTimeOffset(2026, 5, 1, 1, 2, 3, TimeSpan.FromHours(2)),
        Duration = TimeSpan.FromSeconds(1.5),
        Bytes = 12,
        Program = "test 1",
        ChecksJson = "[]",
    };
}
