using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Operations;

public sealed class RestoreMarkerTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private FilePath Marker => RestoreMarker.PathFor(FilePath.From(_temp["holdfast.yaml"]));

    [Fact]
    public void Lies_hidden_beside_what_it_is_of_and_is_known_by_its_name()
    {
        Assert.Equal(_temp[".holdfast.yaml.holdfast-restoring"], Marker.ToString());
        Assert.True(RestoreMarker.IsOne(Marker.Name.Span));
        Assert.False(RestoreMarker.IsOne("a.holdfast-restoring"u8));
        Assert.False(RestoreMarker.IsOne(".holdfast.yaml"u8));
        Assert.Null(RestoreMarker.TryRead(Marker));
    }

    [Fact]
    public void Says_whose_it_is_and_whether_it_is_running()
    {
        var marker = new RestoreMarker { Operation = 7, Title = "restore snapshot 12345678", User = "anna", Host = "web", StateFolder = "/var/lib/a", Snapshot = "aa", Safety = "bb" };
        AtomicFile.Write(Marker, marker.OfThisProcess().Serialize());

        var read = RestoreMarker.TryRead(Marker)!;

        Assert.True(read.IsRunning("web"));
        Assert.False(read.IsRunning("db"));
        Assert.False((read with { ProcessStart = 1 }).IsRunning("web"));
        Assert.False((read with { Boot = "another" }).IsRunning("web"));
        Assert.Contains("operation 7 (restore snapshot 12345678) has not come to its end", read.Problem, StringComparison.Ordinal);
        Assert.Contains("operations resume 7` or `undo 7` as anna on web", read.Advice(FilePath.From("/var/lib/b"), "web"), StringComparison.Ordinal);
        var lost = read.Advice(FilePath.From("/var/lib/a"), "web");
        Assert.Contains("the journal that could undo it is gone", lost, StringComparison.Ordinal);
        Assert.Contains("`holdfast restore bb --over-interrupted` brings the state before it back", lost, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"operation\": 7, \"user\": null}")]
    [InlineData("{\"operation\": \"7\"}")]
    public void One_that_says_nothing_still_says_that_something_is_unfinished(string content)
    {
        _temp.WriteFile(".holdfast.yaml.holdfast-restoring", content);

        var marker = RestoreMarker.TryRead(Marker)!;

        Assert.Contains("(a restore) has not come to its end", marker.Problem, StringComparison.Ordinal);
        Assert.Contains("somebody began it on an unknown host", marker.Describe(TimeZoneInfo.Utc), StringComparison.Ordinal);
        Assert.NotEmpty(marker.Advice(FilePath.From("/state"), "web"));
        Assert.False(marker.IsRunning("web"));
    }

    [Fact]
    public void A_link_or_a_folder_is_not_followed_and_a_huge_file_not_read()
    {
        File.CreateSymbolicLink(Marker.ToString(), "/dev/zero");
        Assert.Equal(new RestoreMarker(), RestoreMarker.TryRead(Marker));
        File.Delete(Marker.ToString());

        _temp.WriteFile(".holdfast.yaml.holdfast-restoring", new string(' ', 1_000_000) + "{\"operation\": 7}");
        Assert.Equal(0, RestoreMarker.TryRead(Marker)!.Operation);
    }

    [Fact]
    public void What_anybody_has_written_into_it_cannot_move_the_cursor()
    {
        AtomicFile.Write(Marker, new RestoreMarker { Title = "\u001b[2J", User = "a\nb", StateFolder = "\u001b" }.Serialize());

        var marker = RestoreMarker.TryRead(Marker)!;

        foreach (var text in new[] { marker.Problem, marker.Advice(FilePath.From("/state"), "web") })
            Assert.DoesNotContain(text, char.IsControl);
    }
}
