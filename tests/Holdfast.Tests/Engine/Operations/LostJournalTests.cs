using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Operations;

/// <summary>What is told where the local state is damaged while a restore has not come to its end.</summary>
public sealed class LostJournalTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_marker_says_what_follows_and_the_damaged_file_is_to_be_kept(bool isOwn)
    {
        var marker = new RestoreMarker { Operation = 7, User = "anna", Host = "shop1", StateFolder = isOwn ? Folder.ToString() : "/another", Snapshot = "11112222", Safety = "33334444" };
        File.WriteAllBytes(Application.Marker!.ToString(), marker.Serialize());

        var told = Explain(Damage());

        Assert.Equal(FailureKind.Damaged, told.Kind);
        Assert.Contains("state.db", told.Message, StringComparison.Ordinal);
        Assert.Contains("operation 7", told.Message, StringComparison.Ordinal);
        Assert.Contains("has not come to its end", told.Message, StringComparison.Ordinal);
        Assert.Contains("`holdfast restore 33334444 --over-interrupted`", told.Hint, StringComparison.Ordinal);
        Assert.Contains("keep it, but under another name", told.Hint, StringComparison.Ordinal);
        Assert.Equal(!isOwn, told.Hint!.Contains("operations undo", StringComparison.Ordinal) || told.Hint.Contains("`undo 7`", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_marker_and_of_any_other_failure_nothing_is_added()
    {
        var damage = Damage();
        Assert.Same(damage, Explain(damage));
        File.WriteAllBytes(Application.Marker!.ToString(), new RestoreMarker { Operation = 7 }.Serialize());
        var other = new HoldfastException(FailureKind.Damaged, "a pack is damaged");
        Assert.Same(other, Explain(other));
    }

    private FilePath Folder => FilePath.From(_temp["state"]);

    private ApplicationKey Application => ApplicationKey.OfRoot(FilePath.From(_temp.Path));

    private HoldfastException Explain(HoldfastException error) => LostJournal.Explain(error, Application, Folder, "shop1", TimeZoneInfo.Utc);

    private HoldfastException Damage()
    {
        _temp.WriteFile("state/state.db", new string('x', 5000));
        return Assert.Throws<HoldfastException>(() => LocalState.Open(Folder));
    }
}
