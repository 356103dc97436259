using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Planning;

public sealed class PartSelectionTests
{
    private static readonly SnapshotRecord Record = new()
    {
        Root = "/srv/app",
        Groups = new Dictionary<string, IReadOnlyList<string>> { ["config"] = ["/srv/app/app.conf", "/etc/app"], ["empty"] = [] },
        Databases =
        [
            new DatabaseRecord { Name = "main", Kind = DatabaseRecord.SqliteKind, Path = "/srv/app/main.db" },
            new DatabaseRecord { Name = "log", Kind = DatabaseRecord.SqliteKind, Path = "/srv/app/log.db" },
            new DatabaseRecord { Name = "gone", Kind = DatabaseRecord.SqliteKind, Path = "/srv/app/gone.db", Missing = "it was not there" },
        ],
    };

    [Theory]
    [InlineData("databases", "/srv/app/main.db,/srv/app/log.db")]
    [InlineData("log", "/srv/app/log.db")]
    [InlineData("config", "/srv/app/app.conf,/etc/app")]
    [InlineData("projects/alpha", "/srv/app/projects/alpha")]
    [InlineData("./projects", "/srv/app/projects")]
    [InlineData("app.conf", "/srv/app/app.conf")]
    [InlineData("/etc/app/x", "/etc/app/x")]
    public void A_name_stands_for_paths(string name, string paths) =>
        Assert.Equal(paths.Split(','), new PartSelection(Record, null).Resolve([name]).Select(path => path.ToString()));

    [Theory]
    [InlineData("confg")]
    [InlineData("gone")]
    [InlineData("")]
    public void One_that_stands_for_nothing_is_told_with_those_there_are(string name)
    {
        var error = Assert.Throws<HoldfastException>(() => new PartSelection(Record, null).Resolve([name]));

        Assert.Equal(FailureKind.NotFound, error.Kind);
        Assert.Contains("databases, main, log, config", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_with_nothing_in_it_is_refused_because_no_path_would_mean_everything()
    {
        var error = Assert.Throws<HoldfastException>(() => new PartSelection(Record, null).Resolve(["log", "empty"]));

        Assert.Equal(FailureKind.NotFound, error.Kind);
        Assert.Contains("\"empty\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_overlap_give_each_path_once() =>
        Assert.Equal(2, new PartSelection(Record, null).Resolve(["main", "databases"]).Count);
}
