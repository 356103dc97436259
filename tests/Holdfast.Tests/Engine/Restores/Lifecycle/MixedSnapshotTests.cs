using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic.Failures;
using Holdfast.Tests.Engine.Drills;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>A snapshot of an application between two states is not restored by mistake.</summary>
public sealed class MixedSnapshotTests
{
    private static readonly string Mixture = new RestoreMarker { Operation = 7, User = "bert", Since = DateTimeOffset.UnixEpoch }.Problem;

    private static readonly RestoreRequest Request = new() { Snapshot = "12ab", Repository = RepositoryAddress.Of(FilePath.From("/backups")) };

    [Fact]
    public void It_is_refused_and_told_how_it_is_restored_all_the_same()
    {
        var refusal = Refusal(Request, Mixture);

        Assert.Equal(FailureKind.Damaged, refusal!.Kind);
        Assert.Contains("between two states", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--force", refusal.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_wants_it_so_gets_it_and_what_only_takes_away_brings_nothing_back()
    {
        Assert.Null(Refusal(Request with { AcceptsMixture = true }, Mixture));
        Assert.Null(Refusal(Request with { OnlyRemoves = true }, Mixture));
        Assert.NotNull(Refusal(Request with { AcceptsContent = true, RollsBack = 7 }, Mixture));
    }

    [Fact]
    public void Any_other_problem_of_a_snapshot_is_no_mixture()
    {
        Assert.Null(Refusal(Request, "\"/srv/shop/file\" could not be read"));
        Assert.Null(Refusal(Request, null));
    }

    private static HoldfastException? Refusal(RestoreRequest request, string? problem) => MixedSnapshot.Refusal(
        ProofStoreTests.Stored("snapshot", "1"),
        request,
        new RestorePlan
        {
            Target = null,
            Items = [],
            Record = problem is null ? null : new SnapshotRecord { Problems = [problem] },
            Conflicts = [],
            Users = [],
            Space = [],
            Problems = [],
            Notices = [],
        });
}
