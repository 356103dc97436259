using Holdfast.Engine.Files;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic.Failures;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>What the journal keeps of a restore: for a resume what was asked for, for a rollback what it came to.</summary>
public sealed class RestoreJournalTests
{
    [Fact]
    public void A_request_comes_back_as_it_was()
    {
        var request = new RestoreRequest
        {
            Snapshot = "12ab",
            Repository = RepositoryAddress.Of(FilePath.From("/backups")),
            Include = [FilePath.From([0x2F, 0xFF])],
            IncludeIsExact = false,
            Safety = false,
            RollsBack = 7,
        };

        var read = RestoreRequest.Parse(request.Serialize());

        Assert.Equal(request.Serialize(), read.Serialize());
        Assert.Equal((request.Include[0], false, false, 7), (read.Include[0], read.IncludeIsExact, read.Safety, read.RollsBack));
    }

    [Fact]
    public void What_a_request_does_not_say_was_not_asked_for_and_the_present_state_is_saved()
    {
        var read = RestoreRequest.Parse("""{"snapshot":"12ab","repository":"/backups"}""");

        Assert.Equal((true, true, 0, 0), (read.Safety, read.IncludeIsExact, read.Include.Count, read.Remove.Count));
    }

    [Fact]
    public void What_a_result_does_not_say_is_nothing()
    {
        var read = ApplicationRestoreResult.Parse("""{"snapshot":"12ab"}""");

        Assert.Empty(read.Created.Concat(read.Kept));
        Assert.Empty(read.Problems.Concat(read.Notices));
        Assert.False(read.IsPartial);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"snapshot":"12ab","repository":"/backups","include":null}""")]
    public void One_that_cannot_be_read_is_damage(string? json) =>
        Assert.Equal(FailureKind.Damaged, Assert.Throws<HoldfastException>(() => RestoreRequest.Parse(json)).Kind);
}
