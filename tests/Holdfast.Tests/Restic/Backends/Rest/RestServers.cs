using Holdfast.Testing;

namespace Holdfast.Tests.Restic.Backends.Rest;

/// <summary>A server for all tests of a class, started by the first that needs it: each test has a repository of its own there.</summary>
public sealed class RestServers : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private RcloneServer? _server;

    public async Task<RcloneServer> GetAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _server ??= await RcloneServer.StartAsync();
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
