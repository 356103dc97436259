namespace Holdfast.Restic.Backends.S3;

/// <summary>
/// Ends a request that makes no progress. A limit for the whole request would end a big upload over a slow line, too.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _stalled;
    private readonly CancellationTokenSource _either;

    public StallWatch(TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        _limit = limit;
        _stalled = new CancellationTokenSource(limit, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_stalled.Token, cancellationToken);
    }

    /// <summary>Cancelled by the caller, or because nothing moved for too long.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>To be called whenever something moved.</summary>
    public void Progressed() => _stalled.CancelAfter(_limit);

    public void Dispose()
    {
        _either.Dispose();
        _stalled.Dispose();
    }
}
