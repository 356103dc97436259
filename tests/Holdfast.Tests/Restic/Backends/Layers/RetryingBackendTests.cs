using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Layers;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Backends.Layers;

public sealed class RetryingBackendTests
{
    private readonly List<string> _notices = [];
    private readonly ManualTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gives_up_at_the_deadline_with_the_last_failure()
    {
        var recording = new RecordingBackend(new MemoryBackend()) { ReadFailure = _ => Transient() };
        var backend = Over(recording);
        await backend.StatAsync(FileHandle.Config, Token);

        var task = Record.ExceptionAsync(() => backend.ReadAsync(FileHandle.Config, 0, new byte[1], Token)).AsTask();
        await _clock.AdvanceByAsync(TimeSpan.FromMinutes(14), TimeSpan.FromSeconds(5), task, timers: 1);
        Assert.False(task.IsCompleted);
        await _clock.AdvanceByAsync(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1), task, timers: 1);
        var error = await task.WaitAsync(Conditions.Deadline, Token);

        Assert.Equal("the line broke", Assert.IsType<HoldfastException>(error).Message);
        Assert.InRange(_notices.Count, 10, 60);
        Assert.Matches("^the line broke; trying again in [0-9]+ s$", _notices[0]);
    }

    [Fact]
    public async Task What_was_never_reached_is_given_up_soon()
    {
        var backend = Over(new RecordingBackend(new MemoryBackend()) { ReadFailure = _ => Transient() });

        var task = Record.ExceptionAsync(() => backend.ReadAsync(FileHandle.Config, 0, new byte[1], Token)).AsTask();
        await _clock.AdvanceByAsync(TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(1), task, timers: 2);
        Assert.False(task.IsCompleted);
        await _clock.AdvanceByAsync(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), task, timers: 2);

        Assert.IsType<HoldfastException>(await task.WaitAsync(Conditions.Deadline, Token));
        Assert.InRange(_notices.Count, 4, 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(29)]
    [InlineData(75)]
    public async Task What_was_never_reached_is_given_up_at_the_deadline_however_long_an_attempt_takes(int seconds)
    {
        var backend = Over(new SlowFailures(new MemoryBackend(), TimeSpan.FromSeconds(seconds), _clock));

        // Beside the pause, or the attempt, the end of all attempts is waited for. The clock then stands, and whoever needs more time never ends.
        var task = Record.ExceptionAsync(() => backend.StatAsync(FileHandle.Config, Token)).AsTask();
        await _clock.AdvanceByAsync(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), task, timers: 2);
        var error = Assert.IsType<HoldfastException>(await task.WaitAsync(Conditions.Deadline, Token));

        Assert.Equal(seconds < 30 ? "the line broke" : "memory has not answered within 30 s", error.Message);
        Assert.Equal(FailureKind.Unavailable, error.Kind);
    }

    [Fact]
    public async Task What_was_reached_meanwhile_is_not_cut_off()
    {
        var slow = new SlowFailures(new MemoryBackend(), TimeSpan.FromSeconds(40), _clock) { IsHarmless = true };
        var backend = Over(slow);
        var task = backend.StatAsync(FileHandle.Config, Token);
        await _clock.WaitForTimersAsync(2);

        await backend.WriteAsync(FileHandle.Config, new byte[10], Token);

        await _clock.AdvanceByAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1), task, timers: 1);
        Assert.Equal(10, await task.WaitAsync(Conditions.Deadline, Token));
    }

    [Theory]
    [InlineData(FailureKind.NotFound)]
    [InlineData(FailureKind.Refused)]
    [InlineData(FailureKind.Damaged)]
    [InlineData(FailureKind.NoSpace)]
    [InlineData(FailureKind.Unavailable)]
    public async Task What_will_not_pass_fails_at_once(FailureKind kind)
    {
        var backend = Over(new RecordingBackend(new MemoryBackend()) { ReadFailsAt = _ => kind });

        await Failing.ThrowsAsync(kind, () => backend.ReadAsync(FileHandle.Config, 0, new byte[1], Token));

        Assert.Empty(_notices);
    }

    [Fact]
    public async Task An_upload_whose_answer_was_lost_is_not_sent_twice_but_the_config_is()
    {
        var recording = new RecordingBackend(new MemoryBackend());
        var lost = new LosingAnswers(recording);
        var backend = Over(lost);
        var content = SyntheticTree.RandomBytes(1, 500);

        await _clock.FollowAsync(DoneAsync(backend.WriteAsync(new FileHandle(FileType.Pack, Id.Of(content)), content, Token)), TimeSpan.MaxValue);
        Assert.Single(recording.Written);
        await _clock.FollowAsync(DoneAsync(backend.WriteAsync(FileHandle.Config, content, Token)), TimeSpan.MaxValue);
        Assert.Equal(3, recording.Written.Count);
    }

    [Fact]
    public async Task Whoever_cancels_does_not_wait_for_the_next_attempt()
    {
        var backend = Over(new RecordingBackend(new MemoryBackend()) { ReadFailure = _ => Transient() });
        using var cancel = new CancellationTokenSource();
        var reading = backend.ReadAsync(FileHandle.Config, 0, new byte[1], cancel.Token);
        await _clock.WaitForTimersAsync(1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static HoldfastException Transient() => new(FailureKind.Unavailable, "the line broke") { IsTransient = true };

    private static async Task<bool> DoneAsync(Task task)
    {
        await task;
        return true;
    }

    private RetryingBackend Over(IBackend inner) => new(inner, new RetryOptions { Notice = _notices.Add }, _clock);

    /// <summary>Whoever asks for a size waits, and is then disappointed, unless it is harmless.</summary>
    private sealed class SlowFailures(IBackend inner, TimeSpan pause, TimeProvider clock) : LayeredBackend(inner)
    {
        public bool IsHarmless { get; init; }

        public override async Task<long?> StatAsync(FileHandle handle, CancellationToken cancellationToken)
        {
            await Task.Delay(pause, clock, cancellationToken);
            return IsHarmless ? await Inner.StatAsync(handle, cancellationToken) : throw Transient();
        }
    }

    /// <summary>Every first attempt to write a file has its effect, and fails.</summary>
    private sealed class LosingAnswers(IBackend inner) : LayeredBackend(inner)
    {
        private readonly HashSet<FileHandle> _seen = [];

        public override async Task WriteAsync(FileHandle handle, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            await Inner.WriteAsync(handle, content, cancellationToken);
            if (_seen.Add(handle)) throw Transient();
        }
    }
}
