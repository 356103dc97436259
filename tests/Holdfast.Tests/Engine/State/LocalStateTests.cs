using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.State;

public sealed class LocalStateTests : IDisposable
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

    private readonly TempDirectory _temp = new();
    private readonly Id _repository = Id.Of("repository"u8);
    private readonly Id _snapshot = Id.Of("snapshot"u8);

    private FilePath Folder => FilePath.From(_temp["a", "state"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Remembers_the_last_drill_of_each_snapshot_whatever_the_clock_says()
    {
        var drill = new DrillRecord(
            _repository, "/here", _snapshot, Proven: true, new DateTimeOffset(2026, 5, 1, 1, 2, 3, TimeSpan.FromHours(2)), TimeSpan.FromSeconds(1.5), "test 1", "[]");
        using (var state = LocalState.Open(Folder))
        {
            state.Record(drill);
            state.Record(drill with { Proven = false, At = drill.At.AddYears(-10) });
            state.Record(drill with { Snapshot = _repository });
            state.Record(drill with { Repository = _snapshot });
        }

        using var again = LocalState.Open(Folder);
        var latest = again.LatestFor(_repository, "/here");
        Assert.Equal(2, latest.Count);
        Assert.Equal(drill with { Proven = false, At = drill.At.AddYears(-10) }, latest[_snapshot]);
        Assert.True(latest[_repository].Proven);
        Assert.Empty(again.LatestFor(Id.Of("other"u8), "/here"));
    }

    [Fact]
    public void A_copy_of_the_repository_elsewhere_is_not_proven_with_it()
    {
        var drill = new DrillRecord(
            _repository, "/here", _snapshot, Proven: true, new DateTimeOffset(2026, 5, 1, 1, 2, 3, TimeSpan.Zero), TimeSpan.FromSeconds(1), "test 1", "[]");
        using var state = LocalState.Open(Folder);
        state.Record(drill);
        state.Record(drill with { Location = "/there", Proven = false });

        Assert.True(state.LatestFor(_repository, "/here")[_snapshot].Proven);
        Assert.False(state.LatestFor(_repository, "/there")[_snapshot].Proven);
        Assert.Empty(state.LatestFor(_repository, "/elsewhere"));
    }

    [Fact]
    public void A_drill_of_the_first_version_counts_for_no_place()
    {
        Directory.CreateDirectory(Folder.ToString());
        using (SqliteStore.Open(Folder.Combine("state.db").ToString(), [FirstVersion + $"insert into proofs values(1, '{_repository}', '{_snapshot}', 1, '', 1, '', '')"]))
        {
        }

        using var state = LocalState.Open(Folder);
        Assert.Empty(state.LatestFor(_repository, "/here"));
    }

    [Fact]
    public void A_place_is_the_one_behind_its_links()
    {
        var folder = Directory.CreateDirectory(_temp["repository"]).FullName;
        Directory.CreateSymbolicLink(_temp["link"], folder);
        Assert.Equal(RepositoryLocation.Of(FilePath.From(folder)), RepositoryLocation.Of(FilePath.From(_temp["link"])));
        Assert.Equal("/gone", RepositoryLocation.Of(FilePath.From("/gone")));
    }

    [Fact]
    public void Its_folder_is_private()
    {
        using var state = LocalState.Open(Folder);
        Assert.Equal(0x1C0u, FileSystem.Status(Folder, followLinks: false).Mode & 0xFFF);
    }

    [Fact]
    public void A_damaged_state_is_a_clear_error()
    {
        _temp.WriteFile("a/state/state.db", new string('x', 5000));
        var error = Assert.Throws<HoldfastException>(() => LocalState.Open(Folder));
        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains("state.db", error.Message, StringComparison.Ordinal);
        Assert.Contains("move it away", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/own", "/xdg", "/home/u", "/own")]
    [InlineData("own", null, null, "/here/own")]
    [InlineData("", "/xdg", "/home/u", "/xdg/holdfast")]
    [InlineData(null, "relative", "/home/u", "/home/u/.local/state/holdfast")]
    [InlineData(null, null, "/home/u", "/home/u/.local/state/holdfast")]
    [InlineData(null, null, null, "/var/lib/holdfast")]
    public void The_folder_follows_the_environment(string? own, string? xdg, string? home, string expected)
    {
        var variables = new Dictionary<string, string?> { ["HOLDFAST_STATE"] = own, ["XDG_STATE_HOME"] = xdg, ["HOME"] = home };
        Assert.Equal(expected, LocalState.FolderFrom(name => variables.GetValueOrDefault(name), FilePath.From("/here")).ToString());
    }
}
