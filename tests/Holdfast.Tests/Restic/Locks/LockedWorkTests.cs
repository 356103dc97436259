using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Locks;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Locks;

public sealed class LockedWorkTests : IAsyncLifetime
{
    // Whoever waits for a lock looks again after this at the latest; what a lock itself waits for is further away.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(12.5);

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingBackend _backend = new(new MemoryBackend());
    private readonly List<string> _notices = [];
    private Repository _repository = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private LockedWork Locked => new(_repository, exclusive: true, SampleRepository.Client, _clock, _notices.Add);

    public async ValueTask InitializeAsync() => _repository = await Repository.InitializeAsync(
        _backend, SampleRepository.Passphrase, SampleRepository.CheapOptions(), SampleRepository.Client, _clock, Token);

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_lock_is_held_while_the_work_is_done_and_gone_afterwards()
    {
        var held = await RunAsync(Locked.RunAsync(async _ => await CountAsync(), Token));

        Assert.Equal((1, 0), (held, await CountAsync()));
        Assert.Empty(_notices);
    }

    [Fact]
    public async Task A_check_whose_lock_is_lost_says_so()
    {
        var begun = new TaskCompletionSource();
        var check = Locked.RunAsync(
            async token =>
            {
                begun.SetResult();
                _backend.FailsAt = handle => handle.Type == FileType.Lock;
                var lost = new TaskCompletionSource();
                await using var registration = token.Register(lost.SetResult);
                await lost.Task.WaitAsync(Conditions.Deadline, Token);
                return await new RepositoryCheck(_repository, new CheckOptions()).ExecuteAsync(token);
            },
            Token);

        await RunAsync(Task.WhenAny(begun.Task, check));
        _clock.Advance(TimeSpan.FromMinutes(23));
        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => RunAsync(check));

        Assert.Contains("lock could not be refreshed", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Who_asks_to_stop_is_not_told_of_a_lost_lock()
    {
        using var stop = new CancellationTokenSource();
        var work = Locked.RunAsync<int>(
            async token =>
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                return 0;
            },
            stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(work));
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_lock_that_cannot_be_removed_leaves_the_result_and_a_notice()
    {
        _backend.KeepsAt = handle => handle.Type == FileType.Lock;

        Assert.Equal(7, await RunAsync(Locked.RunAsync(_ => Task.FromResult(7), Token)));

        Assert.Contains("holdfast unlock", Assert.Single(_notices), StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Storage_that_lets_nothing_be_removed_is_told_of_once()
    {
        (_backend.KeepsAt, _backend.KeptKind) = (handle => handle.Type == FileType.Lock, FailureKind.Refused);

        Assert.Equal(7, await RunAsync(Locked.RunAsync(_ => Task.FromResult(7), Token)));

        Assert.Contains("the storage allows nothing to be removed", Assert.Single(_notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_goes_on_when_the_other_has_finished()
    {
        var other = await RunAsync(RepositoryLock.AcquireAsync(_repository, exclusive: false, SampleRepository.Client, _clock, Token));
        var work = new LockedWork(_repository, exclusive: true, SampleRepository.Client, _clock, _notices.Add) { Wait = TimeSpan.FromMinutes(1) }
            .RunAsync(async _ => await CountAsync(), Token);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(work.IsCompleted);
        await other.DisposeAsync();

        Assert.Equal(1, await RunAsync(work));
    }

    [Fact]
    public async Task Waiting_has_an_end_and_says_who_was_in_the_way()
    {
        await using var other = await RunAsync(RepositoryLock.AcquireAsync(_repository, exclusive: true, SampleRepository.Client, _clock, Token));
        var work = new LockedWork(_repository, exclusive: true, SampleRepository.Client, _clock, _notices.Add) { Wait = TimeSpan.FromSeconds(20) };
        var begun = _clock.GetTimestamp();

        var error = await Failing.ThrowsAsync(FailureKind.Locked, () => RunAsync(work.RunAsync(_ => Task.FromResult(1), Token)));

        Assert.Contains($"process {SampleRepository.Client.ProcessId} of user", error.Message, StringComparison.Ordinal);
        Assert.InRange(_clock.GetElapsedTime(begun), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(22.5));
    }

    [Fact]
    public async Task A_lock_that_cannot_be_removed_does_not_hide_what_went_wrong()
    {
        _backend.KeepsAt = handle => handle.Type == FileType.Lock;

        var work = Locked.RunAsync<int>(_ => throw new HoldfastException(FailureKind.NoSpace, "full"), Token);

        Assert.Equal("full", (await Failing.ThrowsAsync(FailureKind.NoSpace, () => RunAsync(work))).Message);
        Assert.Single(_notices);
    }

    [Fact]
    public async Task Removing_the_lock_is_tried_again()
    {
        var refused = 0;
        _backend.KeepsAt = _ => refused++ == 0;

        Assert.Equal(7, await RunAsync(Locked.RunAsync(_ => Task.FromResult(7), Token)));

        Assert.Equal((2, 0), (refused, await CountAsync()));
        Assert.Empty(_notices);
    }

    private Task<T> RunAsync<T>(Task<T> work) => _clock.FollowAsync(work, LongestPause);

    private async Task<int> CountAsync() => (await _repository.ListAsync(FileType.Lock, Token)).Count;
}
