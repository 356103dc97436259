using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;

namespace Holdfast.Tests.Restic.Backends.Layers;

public sealed class TrafficCountContractTests : BackendContract
{
    protected override Task<IBackend> CreateAsync() => Task.FromResult<IBackend>(new TrafficCount(new MemoryBackend()));
}

public sealed class ConcurrencyLimitContractTests : BackendContract
{
    protected override Task<IBackend> CreateAsync() => Task.FromResult<IBackend>(new ConcurrencyLimit(new MemoryBackend(), 2));
}

public sealed class BandwidthLimitContractTests : BackendContract
{
    protected override Task<IBackend> CreateAsync() =>
        Task.FromResult<IBackend>(new BandwidthLimit(new MemoryBackend(), long.MaxValue, long.MaxValue, TimeProvider.System));
}

public sealed class CachingBackendContractTests : BackendContract
{
    protected override Task<IBackend> CreateAsync() => Task.FromResult<IBackend>(new CachingBackend(new MemoryBackend(), new MemoryBackend(), _ => { }));
}

/// <summary>A line of which one request in three fails keeps all that the contract promises.</summary>
public sealed class RetryingBackendContractTests : BackendContract
{
    protected override Task<IBackend> CreateAsync() => Task.FromResult<IBackend>(new RetryingBackend(
        new FaultyBackend(new MemoryBackend(), new FaultPlan(7) { Share = 0.33 }), new RetryOptions { FirstPause = TimeSpan.FromMicroseconds(1), LongestPause = TimeSpan.FromMicroseconds(1) }, TimeProvider.System));
}
