using Holdfast.Engine.Files;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Planning;

/// <summary>What a plan finds in the way, and how much room it asks for.</summary>
public sealed class DestinationsTests : SceneTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("repository")]
    [InlineData("repository/data/new")]
    [InlineData("link")]
    [InlineData("link/new")]
    public void A_target_inside_the_repository_is_refused_by_whatever_name(string target)
    {
        Scene.Temp.CreateDirectory("repository", "data");
        File.CreateSymbolicLink(Scene.Temp["link"], Scene.Temp["repository"]);

        var error = Assert.Throws<HoldfastException>(() => Destinations.RefuseInside(Path(target), [Path("repository")]));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Destinations.RefuseInside(Path("repository2"), [Path("repository")]);
        Assert.Throws<HoldfastException>(() => Destinations.RefuseInside(FilePath.From("relative"), []));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("fifo")]
    [InlineData("folder")]
    public async Task What_has_the_name_of_a_database_and_is_none_is_in_the_way_and_stays(string kind)
    {
        Scene.Execute("create table t(x)");
        await Scene.BackupAsync();
        File.Move(Scene.Database, Scene.Temp["elsewhere.db"]);
        var tree = new SyntheticTree(Scene.App);
        if (kind == "link") tree.SymbolicLink("main.db", "../elsewhere.db");
        else if (kind == "fifo") tree.Fifo("main.db");
        else tree.Directory("main.db");

        var plan = await PlanAsync(inPlace: true);

        Assert.Contains(Scene.Database, Assert.Single(plan.Conflicts), StringComparison.Ordinal);
        await Assert.ThrowsAsync<HoldfastException>(() => Scene.RestoreInPlaceAsync());
        Assert.Equal("0", Restores.Scene.Ask("select count(*) from t", Scene.Temp["elsewhere.db"]));
    }

    [Fact]
    public async Task Nothing_is_written_into_a_folder_that_is_forbidden()
    {
        Scene.Temp.WriteFile("app/file", "x");
        await Scene.BackupAsync();

        var plan = await PlanAsync(inPlace: true, options => options with { Forbidden = [Path("app")] });

        Assert.Equal([$"\"{Scene.At("file")}\" is inside the repository"], plan.Conflicts);
    }

    [Fact]
    public async Task Of_many_conflicts_the_first_are_named_and_the_others_counted()
    {
        for (var i = 0; i < 7; i++) Scene.Temp.WriteFile($"app/{i}", "x");
        await Scene.BackupAsync();
        await Scene.RestoreAsync();

        var plan = await PlanAsync(inPlace: false);

        Assert.Equal(6, plan.Conflicts.Count);
        // Seven files, and what the snapshot says of itself.
        Assert.Equal("and 3 more", plan.Conflicts[^1]);
    }

    [Fact]
    public async Task Room_is_asked_for_what_is_written_and_not_for_what_becomes_holes()
    {
        using (var file = File.Create(Scene.At("sparse"))) file.SetLength(64 << 20);
        await File.WriteAllBytesAsync(Scene.At("full"), SyntheticTree.RandomBytes(1, 1 << 20), Token);
        await Scene.BackupAsync();

        var plan = await PlanAsync(inPlace: false);

        Assert.InRange(plan.Bytes, 65L << 20, (65L << 20) + 4096);
        // One chunk of zeros is counted, of at most 8 MiB.
        Assert.InRange(Assert.Single(plan.Space).Needed, 1 << 20, 10 << 20);
    }

    private FilePath Path(string name) => FilePath.From(Scene.Temp[name.Split('/')]);

    private async Task<RestorePlan> PlanAsync(bool inPlace, Func<RestoreOptions, RestoreOptions>? with = null)
    {
        var options = await Scene.OptionsAsync(inPlace);
        return await Scene.Run(with is null ? options : with(options)).PlanAsync(Token);
    }
}
