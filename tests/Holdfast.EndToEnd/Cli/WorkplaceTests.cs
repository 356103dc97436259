using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Tests with a workplace of their own, with an empty repository.</summary>
public abstract class WorkplaceTests : IAsyncLifetime
{
    private protected Workplace Place { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Place = await Workplace.CreateAsync();

    public virtual ValueTask DisposeAsync()
    {
        Place.Dispose();
        return ValueTask.CompletedTask;
    }
}
