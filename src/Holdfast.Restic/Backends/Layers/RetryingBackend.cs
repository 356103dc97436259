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
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.FirstPause,
            MaxDelay = options.LongestPause,
            ShouldHandle = attempt => ValueTask.FromResult(attempt.Outcome.Exception is HoldfastException { IsTransient: true } && attempt.Context.Properties.GetValue(Began, 0) is var began
                && _clock.GetElapsedTime(began) < (_hasSucceeded ? _options.Deadline : _options.FirstDeadline)),
            OnRetry = attempt =>
            {
                Tell(attempt.Outcome.Exception!.Message, attempt.RetryDelay);
                return ValueTask.CompletedTask;
            },
        }).Build();
    }

    private static ResiliencePropertyKey<long> Began { get; } = new("began");

    public override Task CreateAsync(CancellationToken cancellationToken) => TryAsync(_ => Inner.CreateAsync(cancellationToken), cancellationToken);

    /// <summary>A list that breaks off is begun again, so that nothing is told twice.</summary>
    public override async IAsyncEnumerable<StoredFile> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = new List<StoredFile>();
        await TryAsync(
            async _ =>
            {
                files.Clear();
                await foreach (var file in Inner.ListAsync(type, cancellationToken).ConfigureAwait(false)) files.Add(file);
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var file in files) yield return file;
    }

    public override async Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        long? size = null;
        await TryAsync(async _ => size = await Inner.StatAsync(handle, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return size;
    }

    public override Task ReadAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        TryAsync(_ => Inner.ReadAsync(handle, offset, destination, cancellationToken), cancellationToken);

    public override Task ReadTreesAsync(FileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        TryAsync(_ => Inner.ReadTreesAsync(handle, offset, destination, cancellationToken), cancellationToken);

    public override async Task<byte[]> ReadAllAsync(FileHandle handle, CancellationToken cancellationToken)
    {
        byte[] content = [];
        await TryAsync(async _ => content = await Inner.ReadAllAsync(handle, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return content;
    }

    /// <summary>
    /// A failed upload may have succeeded all the same, its answer lost: what is there with its whole length is not sent again. Its name is
    /// the hash of its content, so nothing else can be meant; the config, which has no such name, is always sent again.
    /// </summary>
    public override Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => TryAsync(
        async isFirst =>
        {
            if (!isFirst && handle.Type != FileType.Config && await Inner.StatAsync(handle, cancellationToken).ConfigureAwait(false) == content.Length) return;
            await Inner.WriteAsync(handle, content, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    public override Task DeleteAsync(FileHandle handle, CancellationToken cancellationToken) =>
        TryAsync(_ => Inner.DeleteAsync(handle, cancellationToken), cancellationToken);

    public override async Task<StorageDisorder> SurveyAsync(CancellationToken cancellationToken)
    {
        var disorder = StorageDisorder.None;
        await TryAsync(async _ => disorder = await Inner.SurveyAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return disorder;
    }

    private async Task TryAsync(Func<bool, Task> action, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Began, _clock.GetTimestamp());
        try
        {
            var isFirst = true;
            await _pipeline.ExecuteAsync(
                async _ =>
                {
                    var first = isFirst;
                    isFirst = false;
                    await action(first).ConfigureAwait(false);
                    _hasSucceeded = true;
                },
                context).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private void Tell(string what, TimeSpan pause) =>
        _options.Notice?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{what}; trying again in {Math.Max(1, Math.Round(pause.TotalSeconds)):0} s"));
}
