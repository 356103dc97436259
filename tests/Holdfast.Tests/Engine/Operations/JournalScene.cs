using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.State;
using Holdfast.Testing;

namespace Holdfast.Tests.Engine.Operations;

/// <summary>A local state and an application of its own.</summary>
internal sealed class JournalScene : IDisposable
{
    private readonly TempDirectory _temp = new();

    internal JournalScene()
    {
        State = LocalState.Open(StateFolder);
        Journal = new OperationJournal(State);
        Application = ApplicationKey.Of("shop", FilePath.From(_temp.WriteFile("app/holdfast.yaml", "application: shop")));
    }

    internal FilePath StateFolder => FilePath.From(_temp["state"]);

    internal LocalState State { get; }

    internal OperationJournal Journal { get; }

    internal ApplicationKey Application { get; }

    internal ManualTimeProvider Clock { get; } = new();

    internal OperationProgress Progress { get; } = new();

    internal static OperationRequest Request { get; } = new(OperationKind.Restore, "restore snapshot 1234", "{\"id\":1}", "anna", "test 1");

    internal RunningOperation Begin() => RunningOperation.Begin(State, Application, Request, Progress, Clock);

    /// <summary>As if the process that is at an operation had been killed.</summary>
    internal void Kill(long number) => State.Execute("update operations set owner_start = 1 where number = $number", ("$number", number));

    public void Dispose()
    {
        State.Dispose();
        _temp.Dispose();
    }
}
