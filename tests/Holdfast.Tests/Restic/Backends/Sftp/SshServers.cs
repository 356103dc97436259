using Holdfast.Testing;

namespace Holdfast.Tests.Restic.Backends.Sftp;

/// <summary>A server for all tests of a class, started by the first that needs it: each test has a repository of its own there.</summary>
public sealed class SshServers : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private SshServer? _server;

    public async Task<SshServer> GetAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _server ??= await SshServer.StartAsync();
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
