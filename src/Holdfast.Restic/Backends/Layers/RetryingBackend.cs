using System.Globalization;
using System.Runtime.CompilerServices;
using Holdfast.Restic.Failures;
using Polly;
using Polly.Retry;

namespace Holdfast.Restic.Backends.Layers;

/// <summary>
/// Tries again what failed for a reason that may pass, after pauses that grow and are never quite the same, so that many clients of one server
/// do not come back all at once. What cannot succeed (refused, not there, damaged, no room) fails at once.
/// </summary>
public sealed class RetryingBackend : LayeredBackend
{
    private readonly RetryOptions _options;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline _pipeline;
    private volatile bool _hasSucceeded;

    public RetryingBackend(IBackend inner, RetryOptions options, TimeProvider clock)
        : base(inner)
    {
        (_options, _clock) = (options, clock);
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            ShouldHandle = attempt => ValueTask.FromResult(IsWorthwhile(attempt.Outcome.Exception, attempt.AttemptNumber, attempt.Context)),
            DelayGenerator = attempt => ValueTask.FromResult<TimeSpan?>(attempt.Context.Properties.GetValue(Pause, TimeSpan.Zero)),
            OnRetry = attempt =>
            {
                Tell(attempt.Outcome.Exception!.Message, attempt.RetryDelay);
                return ValueTask.CompletedTask;
            },
        }).Build();
    }

    private static ResiliencePropertyKey<long> Began { get; } = new("began");

    private static ResiliencePropertyKey<TimeSpan> Pause { get; } = new("pause");

    private TimeSpan Limit => _hasSucceeded ? _options.Deadline : _options.FirstDeadline;

    public override Task CreateAsync(CancellationToken cancellationToken) => TryAsync((_, token) => Inner.CreateAsync(token), cancellationToken);

    /// <summary>A list that breaks off is begun again, so that nothing is told twice.</summary>
    public override async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = new List<StoredFile>();
        await TryAsync(
            async (_, token) =>
            {
                files.Clear();
                await foreach (var file in Inner.ListAsync(type, token).ConfigureAwait(false)) files.Add(file);
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var file in files) yield return file;
    }

    public override async Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        long? size = null;
        await TryAsync(async (_, token) => size = await Inner.StatAsync(handle, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return size;
    }

    public override Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        TryAsync((_, token) => Inner.ReadAsync(handle, offset, destination, token), cancellationToken);

    public override Task ReadTreesAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        TryAsync((_, token) => Inner.ReadTreesAsync(handle, offset, destination, token), cancellationToken);

    public override async Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        byte[] content = [];
        await TryAsync(async (_, token) => content = await Inner.ReadAllAsync(handle, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return content;
    }

    /// <summary>
    /// A failed upload may have succeeded all the same, its answer lost: what is there with its whole length is not sent again. Its name is
    /// the hash of its content, so nothing else can be meant; the config, which has no such name, is always sent again.
    /// </summary>
    public override Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => TryAsync(
        async (isFirst, token) =>
        {
            if (!isFirst && handle.Type != FileType.Config && await Inner.StatAsync(handle, token).ConfigureAwait(false) == content.Length) return;
            await Inner.WriteAsync(handle, content, token).ConfigureAwait(false);
        },
        cancellationToken);

    public override Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) =>
        TryAsync((_, token) => Inner.DeleteAsync(handle, token), cancellationToken);

    /// <summary>
    /// Whether to try again, and after which pause: twice as long each time, and never more than half of what is left, so that the last attempt
    /// has time too.
    /// </summary>
    private bool IsWorthwhile(Exception? failure, int attempt, ResilienceContext context)
    {
        if (failure is not HoldfastException { IsTransient: true }) return false;
        var half = (Limit - _clock.GetElapsedTime(context.Properties.GetValue(Began, 0))) / 2;
        if (half < _options.FirstPause) return false;
        var pause = _options.FirstPause * Math.Pow(2, Math.Min(attempt, 30)) * (0.75 + (Random.Shared.NextDouble() / 2));
        foreach (var longest in (TimeSpan[])[_options.LongestPause, half]) pause = pause < longest ? pause : longest;
        context.Properties.Set(Pause, pause);
        return true;
    }

    private async Task TryAsync(Func<bool, CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Began, _clock.GetTimestamp());
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // An attempt may hang for longer than all of them are meant to take. Once something has succeeded it may: an upload takes its time.
        var timer = _hasSucceeded ? null : Ending(end);
        HoldfastException? last = null;
        try
        {
            var isFirst = true;
            await _pipeline.ExecuteAsync(
                async _ =>
                {
                    var first = isFirst;
                    isFirst = false;
                    try
                    {
                        await action(first, end.Token).ConfigureAwait(false);
                    }
                    catch (HoldfastException error)
                    {
                        last = error;
                        throw;
                    }

                    _hasSucceeded = true;
                },
                context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw last ?? new HoldfastException(
                FailureKind.Unavailable,
                string.Create(CultureInfo.InvariantCulture, $"{Inner.Location} has not answered within {_options.FirstDeadline.TotalSeconds:0} s"),
                "is the address right, and can it be reached from here?");
        }
        finally
        {
            if (timer is not null) await timer.DisposeAsync().ConfigureAwait(false);
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Ends the attempts at the first deadline, unless the storage has been reached by then.</summary>
    private ITimer Ending(CancellationTokenSource end) => _clock.CreateTimer(
        _ =>
        {
            if (!_hasSucceeded) end.Cancel();
        },
        state: null,
        _options.FirstDeadline,
        Timeout.InfiniteTimeSpan);

    private void Tell(string what, TimeSpan pause) =>
        _options.Notice?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{what}; trying again in {Math.Max(1, Math.Round(pause.TotalSeconds)):0} s"));
}
