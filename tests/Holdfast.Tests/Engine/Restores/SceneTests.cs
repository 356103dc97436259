using Xunit;

namespace Holdfast.Tests.Engine.Restores;

/// <summary>Tests with a scene of their own.</summary>
public abstract class SceneTests : IAsyncLifetime
{
    private protected Scene Scene { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Scene = await Restores.Scene.CreateAsync();

    public virtual ValueTask DisposeAsync()
    {
        Scene.Dispose();
        return ValueTask.CompletedTask;
    }
}
