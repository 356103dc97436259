using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Restic.Locks;

public sealed partial class RepositoryLockTests : IAsyncLifetime
{
    private const int Hangup = 1;

    // While a lock is taken nobody waits for longer; the looks of one that is held are a minute apart.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingBackend _backend = new(new MemoryBackend());
    private Repository _repository = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _repository = await Repository.InitializeAsync(
        _backend, SampleRepository.Passphrase, SampleRepository.CheapOptions(), SampleRepository.Client, _clock, Token);

    public ValueTask DisposeAsync()
    {
        _repository.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    public async Task Only_two_shared_locks_go_together(bool first, bool second, bool together)
    {
        await using (await AcquireAsync(first))
        {
            if (together)
            {
                await using (await AcquireAsync(second)) Assert.Equal(2, await CountAsync());
            }
            else
            {
                var error = await Failing.ThrowsAsync(FailureKind.Locked, () => AcquireAsync(second));
                Assert.Equal(11, error.ExitCode);
                Assert.Contains($"process {SampleRepository.Client.ProcessId} of user on host", error.Message, StringComparison.Ordinal);
                Assert.Equal(first, error.Message.Contains("exclusively", StringComparison.Ordinal));
                Assert.DoesNotContain("stale", error.Message, StringComparison.Ordinal);
            }

            Assert.Equal(1, await CountAsync());
        }

        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Of_two_that_lock_at_the_same_moment_not_both_get_it()
    {
        // The other one writes its lock between our first look and our writing.
        _backend.BeforeWrite = async (handle, _) =>
        {
            if (handle.Type != FileType.Lock) return;
            _backend.BeforeWrite = (_, _) => Task.CompletedTask;
            await PlaceAsync(exclusive: false, SampleRepository.Client, _clock.GetUtcNow());
        };

        await Failing.ThrowsAsync(FailureKind.Locked, () => AcquireAsync(exclusive: true));

        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_lock_names_its_owner_and_is_renewed_before_the_old_file_goes()
    {
        await using var held = await AcquireAsync(exclusive: true);
        var first = Assert.Single(await LockFiles.ListAsync(_repository, _clock, Token));
        Assert.Equal((SampleRepository.Client, true), (first.Owner, first.Exclusive));

        await PassAsync(6);
        await Conditions.Eventually("the lock is renewed", () => _backend.Deleted.Count == 1);

        var second = Assert.Single(await LockFiles.ListAsync(_repository, _clock, Token));
        Assert.NotEqual(first.Id, second.Id);
        Assert.InRange(second.Time - first.Time, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6.5));
        Assert.Equal(first.Id, Assert.Single(_backend.Deleted).Id);
        Assert.False(held.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Who_asks_is_told_that_somebody_removed_the_lock()
    {
        await using var held = await AcquireAsync(exclusive: false);
        await held.RequireHeldAsync(Token);
        await LockFiles.RemoveAsync(_repository, all: true, "elsewhere", _clock, Token);

        var error = await Failing.ThrowsAsync(FailureKind.Failed, () => held.RequireHeldAsync(Token));

        Assert.Contains("removed the repository's lock", error.Message, StringComparison.Ordinal);
        Assert.Contains("run it again", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_somebody_removed_is_not_put_back_by_a_refresh()
    {
        await using var held = await AcquireAsync(exclusive: false);
        await LockFiles.RemoveAsync(_repository, all: true, "elsewhere", _clock, Token);
        await PassAsync(4);
        _clock.Advance(Minute);

        await Conditions.Eventually("the lock is lost", () => held.Lost.IsCancellationRequested);
        Assert.Equal(0, await CountAsync());
        Assert.Contains("removed", (await Failing.ThrowsAsync(FailureKind.Failed, () => held.RequireHeldAsync(Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_is_renewed_is_never_lost()
    {
        await using var held = await AcquireAsync(exclusive: false);
        await PassAsync(120);
        Assert.False(held.Lost.IsCancellationRequested);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_lock_that_cannot_be_renewed_is_lost_before_others_call_it_stale()
    {
        var held = await AcquireAsync(exclusive: false);
        _backend.FailsAt = handle => handle.Type == FileType.Lock;
        await PassAsync(22);
        Assert.False(held.Lost.IsCancellationRequested);
        _clock.Advance(Minute);
        Assert.True(held.Lost.IsCancellationRequested);

        await held.DisposeAsync();
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_passing_fault_does_not_lose_the_lock()
    {
        await using var held = await AcquireAsync(exclusive: false);
        _backend.FailsAt = handle => handle.Type == FileType.Lock;
        await PassAsync(20);
        _backend.FailsAt = _ => false;
        await PassAsync(2);
        await Conditions.Eventually("the lock is renewed", () => _backend.Deleted.Count == 1);
        await PassAsync(20);
        Assert.False(held.Lost.IsCancellationRequested);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_write_that_hangs_does_not_keep_the_loss_secret()
    {
        var held = await AcquireAsync(exclusive: false);
        var hang = new TaskCompletionSource();
        _backend.BeforeWrite = (_, _) => hang.Task;
        await PassAsync(4);
        _clock.Advance(18 * Minute);
        Assert.False(held.Lost.IsCancellationRequested);
        _clock.Advance(Minute);
        Assert.True(held.Lost.IsCancellationRequested);
        hang.SetResult();
        await held.DisposeAsync();
    }

    [Fact]
    public async Task A_lock_is_lost_when_the_machine_slept_for_too_long()
    {
        await using var held = await AcquireAsync(exclusive: false);
        _clock.JumpBy(TimeSpan.FromHours(8));
        await Conditions.Eventually("the sleep is noticed", () =>
        {
            _clock.Advance(Minute);
            return held.Lost.IsCancellationRequested;
        });
    }

    [Fact]
    public async Task A_clock_that_is_set_back_neither_loses_the_lock_nor_stops_its_renewal()
    {
        await using var held = await AcquireAsync(exclusive: false);
        _clock.JumpBy(TimeSpan.FromHours(-8));
        await PassAsync(60);
        Assert.False(held.Lost.IsCancellationRequested);
        Assert.NotEmpty(_backend.Deleted);
    }

    [Fact]
    public async Task A_lock_of_a_dead_process_of_this_host_says_so()
    {
        await PlaceAsync(exclusive: true, SampleRepository.Client with { ProcessId = int.MaxValue }, _clock.GetUtcNow());

        var error = await Failing.ThrowsAsync(FailureKind.Locked, () => AcquireAsync(exclusive: false));

        Assert.Contains("that process is gone", error.Message, StringComparison.Ordinal);
        Assert.Contains("unlock", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stale_locks_still_block_and_are_explained()
    {
        await PlaceAsync(exclusive: true, SampleRepository.Client with { HostName = "other\u001b[31m", ProcessId = 5 }, _clock.GetUtcNow() - TimeSpan.FromMinutes(31));

        var error = await Failing.ThrowsAsync(FailureKind.Locked, () => AcquireAsync(exclusive: false));

        Assert.Contains("stale", error.Message, StringComparison.Ordinal);
        Assert.Contains("unlock", error.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Fact]
    public async Task Unlocking_removes_the_locks_of_the_dead_and_the_old_and_keeps_the_others()
    {
        var now = _clock.GetUtcNow();
        var dead = await DeadProcessAsync();
        await PlaceAsync(false, SampleRepository.Client with { ProcessId = dead }, now);
        await PlaceAsync(false, SampleRepository.Client, now - TimeSpan.FromMinutes(31));
        var alive = await PlaceAsync(false, SampleRepository.Client, now - TimeSpan.FromMinutes(29));
        // The processes of another host cannot be asked.
        var elsewhere = await PlaceAsync(false, SampleRepository.Client with { ProcessId = dead, HostName = "elsewhere" }, now);
        var unreadable = new FileHandle(FileType.Lock, Id.Of([1]));
        await _backend.WriteAsync(unreadable, new byte[40], Token);

        var result = await LockFiles.RemoveAsync(_repository, all: false, "host", _clock, Token);

        Assert.Equal((2, 2, 0, 1), (result.Removed.Count, result.Kept.Count, result.UnreadableRemoved, result.UnreadableKept));
        Assert.Equal(new HashSet<Id> { alive, elsewhere }, result.Kept.Select(entry => entry.Id).ToHashSet());
        Assert.Equal(3, await CountAsync());

        var everything = await LockFiles.RemoveAsync(_repository, all: true, "host", _clock, Token);
        Assert.Equal(
            (2, 0, 1, 0), (everything.Removed.Count, everything.Kept.Count, everything.UnreadableRemoved, everything.UnreadableKept));
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task An_empty_lock_file_is_no_lock_and_one_that_cannot_be_read_might_be_one()
    {
        await _backend.WriteAsync(new FileHandle(FileType.Lock, Id.Of([])), ReadOnlyMemory<byte>.Empty, Token);
        await (await AcquireAsync(exclusive: true)).DisposeAsync();
        Assert.Equal(0, (await LockFiles.RemoveAsync(_repository, all: false, "host", _clock, Token)).UnreadableKept);

        await _backend.WriteAsync(new FileHandle(FileType.Lock, Id.Of([1])), new byte[40], Token);
        var error = await Failing.ThrowsAsync(FailureKind.Locked, () => AcquireAsync(exclusive: false));
        Assert.Contains("cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"time":null,"exclusive":false}""")]
    [InlineData("""{"exclusive":false}""")]
    [InlineData("""{"time":"2026-01-01T00:00:00Z","hostname":null}""")]
    [InlineData("""{"time":"yesterday","hostname":"h"}""")]
    [InlineData("[]")]
    [InlineData("")]
    public void What_is_no_lock_is_damaged(string json) =>
        Failing.Throws(FailureKind.Damaged, () => LockDocument.Parse(Id.Of([1]), Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_lock_is_written_as_restic_writes_it() => Assert.Equal(
        """{"time":"2026-11-20T04:55:49.377842Z","exclusive":false,"hostname":"vm","username":"root","pid":21605}""",
        Encoding.UTF8.GetString(LockDocument.Serialize(new ClientIdentity("vm", "root", 21605, 0, 0), false, Timestamp.Parse("2026-11-20T04:55:49.377842Z"))));

    [Fact]
    public async Task Whoever_releases_it_a_second_time_waits_for_the_first()
    {
        var held = await AcquireAsync(exclusive: true);
        Task? second = null;
        var wasEarly = false;
        _backend.KeepsAt = _ =>
        {
            second = held.DisposeAsync().AsTask();
            wasEarly = second.IsCompleted;
            return false;
        };

        await held.DisposeAsync();
        await second!.WaitAsync(Conditions.Deadline, Token);

        Assert.False(wasEarly);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task The_question_of_restic_whether_the_holder_lives_does_not_kill_it()
    {
        await using var held = await AcquireAsync(exclusive: false);
        var heard = new TaskCompletionSource();
        using var listener = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => heard.SetResult());

        Assert.Equal(0, SendSignal(Environment.ProcessId, Hangup));

        await heard.Task.WaitAsync(Conditions.Deadline, Token);
        Assert.Equal(1, await CountAsync());
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    private static async Task<int> DeadProcessAsync()
    {
        using var process = Process.Start("true");
        await process.WaitForExitAsync(Token);
        return process.Id;
    }

    private Task<RepositoryLock> AcquireAsync(bool exclusive) =>
        _clock.FollowAsync(RepositoryLock.AcquireAsync(_repository, exclusive, SampleRepository.Client, _clock, Token), LongestPause);

    private async Task<int> CountAsync() => (await _repository.ListAsync(FileType.Lock, Token)).Count;

    private Task<Id> PlaceAsync(bool exclusive, ClientIdentity owner, DateTimeOffset time) =>
        _repository.SaveDocumentAsync(FileType.Lock, LockDocument.Serialize(owner, exclusive, Timestamp.FromDateTimeOffset(time)), Token);

    /// <summary>Minute by minute, and each time until the lock's own loop waits again.</summary>
    private async Task PassAsync(int minutes)
    {
        for (var i = 0; i < minutes; i++)
        {
            _clock.Advance(Minute);
            await _clock.WaitForTimersAsync(2);
        }
    }
}
