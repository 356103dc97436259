namespace Holdfast.Testing.Swift;

/// <summary>One server for all tests of an assembly, started by the first that asks for it. Each test takes a bucket of its own.</summary>
public sealed class SharedSwiftServer : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private SwiftServer? _server;

    public async Task<SwiftServer> GetAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _server ??= await SwiftServer.StartAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _gate.Dispose();
    }
}
