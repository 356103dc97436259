namespace Holdfast.Testing.Postgres;

/// <summary>One cluster for all tests of an assembly, started by the first that asks for it. Each test makes databases of its own.</summary>
public sealed class SharedPostgresCluster : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private PostgresCluster? _cluster;

    public async Task<PostgresCluster> GetAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _cluster ??= await PostgresCluster.StartAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _gate.Dispose();
    }
}
