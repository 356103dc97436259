namespace Holdfast.Restic.Backends.Sftp;

/// <summary>Makes something of an answer.</summary>
/// <exception cref="SftpRefusalException">The answer is a refusal.</exception>
/// <exception cref="InvalidDataException">The answer makes no sense.</exception>
internal delegate T SftpAnswer<out T>(SftpType type, ref SftpReader fields);

/// <summary>A request without an answer yet.</summary>
internal abstract class SftpRequest
{
    public abstract void Answer(SftpType type, ReadOnlySpan<byte> fields);

    public abstract void Fail(Exception failure);
}

/// <inheritdoc/>
internal sealed class SftpRequest<T>(SftpAnswer<T> answer) : SftpRequest
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _isAbandoned;

    public override void Answer(SftpType type, ReadOnlySpan<byte> fields)
    {
        // Who no longer waits may have given away the memory that an answer is copied to.
        lock (_gate)
        {
            if (_isAbandoned) return;
            try
            {
                var reader = new SftpReader(fields);
                _done.TrySetResult(answer(type, ref reader));
            }
            catch (Exception e) when (e is SftpRefusalException or InvalidDataException)
            {
                _done.TrySetException(e);
            }
        }
    }

    public override void Fail(Exception failure) => _done.TrySetException(failure);

    /// <exception cref="TimeoutException">There is no answer within the limit.</exception>
    public async Task<T> WaitAsync(TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            return await _done.Task.WaitAsync(limit, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _isAbandoned = true;
        }
    }
}
