using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Xunit;

namespace Holdfast.Tests.Restic.Snapshots;

public sealed class SnapshotDocumentTests
{
    private const string Vector =
        """{"time":"2021-02-03T04:05:06Z","tree":"39199b272eec338b3de9472a135f8c400c20907d6acfaf8c865ea675472613d3","paths":["/example/docs/hello.txt"],"hostname":"tvhost","username":"root"}""";

    private static readonly Gen<string> Texts = Gen.Elements("a", "<b>&\"\\", "ünï\u2028", "tab\t\n\u0001", "😀", "/x y");

    private static readonly Gen<Id?> Ids =
        Gen.OneOf(Gen.Constant<Id?>(null), Property.Byte.ArrayOf(Id.Size).Select(bytes => (Id?)new Id(bytes)));

    private static readonly Gen<Timestamp> Times =
        from seconds in Gen.Choose(int.MinValue, int.MaxValue)
        from nanoseconds in Gen.Choose(0, 999_999_999)
        from offset in Gen.Choose(-720, 840)
        select new Timestamp(seconds, nanoseconds, offset);

    private static readonly Gen<Snapshot> Snapshots =
        from time in Times
        from ids in Ids.ArrayOf(2)
        from lists in Texts.ListOf().ArrayOf(3)
        from host in Texts
        from number in Gen.Choose(0, int.MaxValue)
        from summarised in Gen.Elements(true, false)
        select new Snapshot
        {
            Time = time,
            Parent = ids[0],
            Tree = Id.Of("tree"u8),
            Paths = lists[0],
            Hostname = host,
            Username = number % 2 == 0 ? null : host,
            Uid = (uint)number,
            Gid = number % 3 == 0 ? 0 : uint.MaxValue,
            Excludes = lists[1],
            Tags = lists[2],
            Original = ids[1],
            ProgramVersion = number % 5 == 0 ? null : "holdfast 0.1.0",
            Summary = summarised ? new SnapshotSummary { BackupStart = time, BackupEnd = time, DataAdded = ulong.MaxValue, TreeBlobs = (ulong)number } : null,
        };

    [Fact]
    public void The_snapshot_of_the_test_vector_is_read_and_written()
    {
        var snapshot = Parse(Vector);
        Assert.Equal(Timestamp.Parse("2021-02-03T04:05:06Z"), snapshot.Time);
        Assert.Equal("39199b272eec338b3de9472a135f8c400c20907d6acfaf8c865ea675472613d3", snapshot.Tree.ToString());
        Assert.Equal(["/example/docs/hello.txt"], snapshot.Paths);
        Assert.Equal("tvhost", snapshot.Hostname);
        Assert.Equal("root", snapshot.Username);
        Assert.Equal(Vector, Write(snapshot));
    }

    [Fact]
    public void All_fields_are_written_in_the_order_of_the_format()
    {
        var start = Timestamp.Parse("2024-01-02T03:04:05.678901234+01:00");
        var id = new string('a', 64);
        var snapshot = new Snapshot
        {
            Time = start,
            Parent = Id.Parse(id),
            Tree = Id.Parse(id),
            Paths = ["/a", "/b&c"],
            Hostname = "h",
            Username = "u",
            Uid = 1,
            Gid = 2,
            Excludes = ["*.tmp"],
            Tags = ["t1", "t2"],
            Original = Id.Parse(id),
            ProgramVersion = "restic 0.19.1",
            Summary = new SnapshotSummary
            {
                BackupStart = start,
                BackupEnd = start,
                FilesNew = 1,
                FilesChanged = 2,
                FilesUnmodified = 3,
                DirsNew = 4,
                DirsChanged = 5,
                DirsUnmodified = 6,
                DataBlobs = 7,
                TreeBlobs = 8,
                DataAdded = 9,
                DataAddedPacked = 10,
                TotalFilesProcessed = 11,
                TotalBytesProcessed = 12,
            },
        };
        const string Time = "2024-01-02T03:04:05.678901234+01:00";
        var json = $$$"""{"time":"{{{Time}}}","parent":"{{{id}}}","tree":"{{{id}}}","paths":["/a","/b\u0026c"],"hostname":"h","username":"u","uid":1,"gid":2,"excludes":["*.tmp"],"tags":["t1","t2"],"original":"{{{id}}}","program_version":"restic 0.19.1","summary":{"backup_start":"{{{Time}}}","backup_end":"{{{Time}}}","files_new":1,"files_changed":2,"files_unmodified":3,"dirs_new":4,"dirs_changed":5,"dirs_unmodified":6,"data_blobs":7,"tree_blobs":8,"data_added":9,"data_added_packed":10,"total_files_processed":11,"total_bytes_processed":12}}""";
        Assert.Equal(json, Write(snapshot));
        Assert.Equal(snapshot.Summary, Parse(json).Summary);
    }

    [Fact]
    public void Null_lists_and_unknown_fields_are_tolerated()
    {
        var snapshot = Parse($$"""{"paths":null,"tags":null,"label":"x","delete":{"a":[1]},"summary":null,"parent":null,"tree":"{{new string('b', 64)}}"}""");
        Assert.Empty(snapshot.Paths);
        Assert.Empty(snapshot.Tags);
        Assert.Null(snapshot.Parent);
        Assert.Null(snapshot.Summary);
        Assert.Equal(Timestamp.Unset, snapshot.Time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"tree":null}""")]
    [InlineData("""{"tree":"0000000000000000000000000000000000000000000000000000000000000000"}""")]
    [InlineData("""{"tree":"39199b27"}""")]
    [InlineData("""{"time":"2021-02-03","tree":"39199b272eec338b3de9472a135f8c400c20907d6acfaf8c865ea675472613d3"}""")]
    [InlineData("""{"paths":[1],"tree":"39199b272eec338b3de9472a135f8c400c20907d6acfaf8c865ea675472613d3"}""")]
    [InlineData("""{"paths":[null],"tree":"39199b272eec338b3de9472a135f8c400c20907d6acfaf8c865ea675472613d3"}""")]
    [InlineData("""{"summary":[],"tree":"39199b272eec338b3de9472a135f8c400c20907d6acfaf8c865ea675472613d3"}""")]
    public void What_is_no_snapshot_is_damaged(string json) =>
        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => Parse(json)).Kind);

    [Fact]
    public void Any_snapshot_survives_writing_and_reading() => Property.Check(Snapshots, 500, snapshot =>
    {
        var read = SnapshotDocument.Parse(SnapshotDocument.Serialize(snapshot));
        return read.Paths.SequenceEqual(snapshot.Paths)
            && read.Excludes.SequenceEqual(snapshot.Excludes)
            && read.Tags.SequenceEqual(snapshot.Tags)
            && read with { Paths = [], Excludes = [], Tags = [] } == snapshot with { Paths = [], Excludes = [], Tags = [] };
    });

    private static Snapshot Parse(string json) => SnapshotDocument.Parse(Encoding.UTF8.GetBytes(json));

    private static string Write(Snapshot snapshot) => Encoding.UTF8.GetString(SnapshotDocument.Serialize(snapshot));
}
