using Holdfast.Restic.Backends;

namespace Holdfast.Tests.Restic.Backends;

public sealed class MemoryBackendTests : BackendContract
{
    protected override async Task<IBackend> CreateAsync()
    {
        var backend = new MemoryBackend();
        await backend.CreateAsync(Token);
        return backend;
    }
}
