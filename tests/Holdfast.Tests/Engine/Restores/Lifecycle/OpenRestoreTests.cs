using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Lifecycle;

/// <summary>An earlier restore that has not come to its end is told before anything else.</summary>
public sealed class OpenRestoreTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Where_nothing_ran_there_is_none_and_no_journal_is_made_for_the_question()
    {
        Assert.Null(Of(mayGoOver: false));
        Assert.False(LocalState.Exists(Surroundings.StateFolder));
    }

    [Fact]
    public void One_that_left_something_to_be_put_back_is_told_with_what_to_do_whatever_may_be_gone_over()
    {
        var number = Enter(Surroundings.Application, undo: """{"Phase":"Exchanging","Items":[]}""");

        foreach (var mayGoOver in (bool[])[false, true])
        {
            var open = Of(mayGoOver)!;
            Assert.Equal(FailureKind.Busy, open.Kind);
            Assert.Contains($"operation {number} ", open.Message, StringComparison.Ordinal);
            Assert.Contains($"`holdfast operations undo {number}`", open.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void One_that_changed_nothing_and_one_of_another_application_are_in_nobodys_way()
    {
        Enter(Surroundings.Application, undo: null);
        Enter(ApplicationKey.OfRoot(FilePath.From(_temp["other"])), undo: """{"Phase":"Exchanging","Items":[]}""");
        Assert.Null(Of(mayGoOver: false));
    }

    [Fact]
    public void One_of_another_user_is_told_by_its_marker_and_may_be_gone_over()
    {
        AtomicFile.Write(Surroundings.Application.Marker!, new RestoreMarker { Operation = 7, User = "bert", Host = "elsewhere", Since = DateTimeOffset.UnixEpoch }.Serialize());

        var open = Of(mayGoOver: false)!;

        Assert.Equal(FailureKind.Busy, open.Kind);
        Assert.Contains("bert", open.Message, StringComparison.Ordinal);
        Assert.Null(Of(mayGoOver: true));
    }

    private RestoreSurroundings Surroundings => new()
    {
        Manifest = null,
        Root = FilePath.From(_temp.CreateDirectory("app")),
        Repository = RepositoryAddress.Of(FilePath.From(_temp["repository"])),
        StateFolder = FilePath.From(_temp["state"]),
        Identity = Restores.Scene.Tester,
        Program = "test",
        Own = [],
    };

    private HoldfastException? Of(bool mayGoOver) => OpenRestore.Of(Surroundings, TimeProvider.System, mayGoOver);

    /// <summary>One whose process was killed.</summary>
    private long Enter(ApplicationKey application, string? undo)
    {
        using var state = LocalState.Open(Surroundings.StateFolder);
        var number = new OperationJournal(state).Begin(
            application, new OperationRequest(OperationKind.Restore, "restore something", null, "anna", "test 1"), DateTimeOffset.UnixEpoch);
        state.Execute("update operations set owner_start = 1, undo = $undo where number = $number", ("$number", number), ("$undo", undo));
        return number;
    }
}
