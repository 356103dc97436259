using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;

namespace Holdfast.Restic.Locks;

/// <summary>
/// A lock on a repository, taken and kept as restic does it (section 9): list, write, wait, list again; a new file every five minutes;
/// deleted at the end. While it is held SIGHUP is ignored, because restic sends that signal to learn whether the holder is alive. Work
/// that must end when the lock is lost runs in a <see cref="LockedWork"/>.
/// </summary>
public sealed class RepositoryLock : IAsyncDisposable
{
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LostAfter = TimeSpan.FromMinutes(22.5);
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ReleaseAgainAfter = TimeSpan.FromSeconds(1);

    private const int LongestName = 100;

    private readonly Repository _repository;
    private readonly ClientIdentity _owner;
    private readonly bool _exclusive;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _hangup;
    private readonly List<Id> _written = [];
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _refresh = Task.CompletedTask;
    private DateTimeOffset _refreshedAt;
    private long _refreshed;
    private Task _settled = Task.CompletedTask;
    private volatile StrongBox<FileHandle>? _current;
    private volatile bool _removed;
    private bool _confirmed;
    private int _disposed;

    private RepositoryLock(Repository repository, bool exclusive, ClientIdentity owner, TimeProvider clock)
    {
        _repository = repository;
        _exclusive = exclusive;
        _owner = owner;
        _clock = clock;
        // A timer of its own: a write that hangs must not keep the loss secret.
        _lost = new CancellationTokenSource(LostAfter, clock);
        _hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
    }

    /// <summary>
    /// Cancelled when the lock could not be refreshed for 22.5 minutes: others may then take it for stale, so all work must stop.
    /// </summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>
    /// When a process of this host that is gone and has not removed its lock was last at work here: it was cut off in the middle. Null: none was.
    /// </summary>
    public DateTimeOffset? LastInterruption { get; private set; }

    /// <summary>Why the lock's file is still there after the lock was disposed; null while all is well.</summary>
    public Exception? ReleaseFailure { get; private set; }

    /// <summary>
    /// To be called before the step that everything hangs on. Looks at the clock itself: after the machine has slept it takes up to a
    /// minute until <see cref="Lost"/> tells.
    /// </summary>
    /// <exception cref="HoldfastException">Failed: others may take the lock for stale.</exception>
    public void ThrowIfLost()
    {
        if (_lost.IsCancellationRequested || _clock.GetUtcNow() - _refreshedAt >= LostAfter) throw Loss(null);
    }

    /// <summary>
    /// As <see cref="ThrowIfLost"/>, and looks whether the lock's own file is still in the repository: somebody may have removed it (an unlock by
    /// a wrong clock, or of all locks), and have pruned since. Once gone it counts as lost for good.
    /// </summary>
    /// <exception cref="HoldfastException">Failed: the lock was lost or removed. Or as the backend says.</exception>
    public async Task RequireHeldAsync(CancellationToken cancellationToken)
    {
        ThrowIfLost();
        if (_removed || !await IsThereAsync(cancellationToken).ConfigureAwait(false)) throw Loss(null);
    }

    /// <summary>Takes the lock and waits until it is sure.</summary>
    /// <exception cref="HoldfastException">Locked: another process holds a lock that excludes this one; the message says who and since when.</exception>
    public static async Task<RepositoryLock> AcquireAsync(
        Repository repository, bool exclusive, ClientIdentity owner, TimeProvider clock, CancellationToken cancellationToken)
    {
        var held = await BeginAsync(repository, exclusive, owner, clock, cancellationToken).ConfigureAwait(false);
        await held.ConfirmAsync(cancellationToken).ConfigureAwait(false);
        return held;
    }

    /// <summary>
    /// Writes the lock. Until <see cref="ConfirmAsync"/> has returned the caller may only read: another process may have done the same at
    /// the same moment.
    /// </summary>
    /// <inheritdoc cref="AcquireAsync"/>
    public static async Task<RepositoryLock> BeginAsync(
        Repository repository, bool exclusive, ClientIdentity owner, TimeProvider clock, CancellationToken cancellationToken)
    {
        var others = await RefuseConflictAsync(repository, exclusive, owner, clock, mine: default, cancellationToken).ConfigureAwait(false);
        var dead = others.Where(entry => entry.IsOfDeadProcess(owner.HostName)).ToList();
        var held = new RepositoryLock(repository, exclusive, owner, clock) { LastInterruption = dead.Count > 0 ? dead.Max(entry => entry.Time) : null };
        try
        {
            await held.WriteAsync(cancellationToken).ConfigureAwait(false);
            held._settled = Task.Delay(SettleTime, clock, held._stop.Token);
        }
        catch
        {
            await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return held;
    }

    /// <summary>Waits for what is left of the settling time and looks again; when it fails, the lock is gone.</summary>
    /// <exception cref="HoldfastException">Locked: as above.</exception>
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        if (_confirmed) return;
        try
        {
            await _settled.WaitAsync(cancellationToken).ConfigureAwait(false);
            await RefuseConflictAsync(_repository, _exclusive, _owner, _clock, _written[^1], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _confirmed = true;
        _refresh = Task.Run(RefreshAsync, CancellationToken.None);
    }

    /// <summary>
    /// Removes the lock's file; when that fails twice, <see cref="ReleaseFailure"/> says why and nothing is thrown: what was done under
    /// the lock is done, and what went wrong under it is the error to tell. May be called again, and at the same time: a confirmation that fails
    /// beside the work disposes the lock as the work does, and neither may go on before the file is gone.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            await _released.Task.ConfigureAwait(false);
            return;
        }

        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _refresh.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            using (var timeout = new CancellationTokenSource(ReleaseTimeout, _clock)) await ReleaseAsync(timeout.Token).ConfigureAwait(false);
            _hangup.Dispose();
            _lost.Dispose();
            _stop.Dispose();
        }
        finally
        {
            _released.SetResult();
        }
    }

    internal HoldfastException Loss(Exception? inner) => _removed ? Removal(inner) : new(
        FailureKind.Failed,
        "the repository's lock could not be refreshed for 22 minutes, so the work was stopped before it was finished",
        "check that the repository can be written to and that the machine does not sleep, then run it again",
        inner);

    private static HoldfastException Removal(Exception? inner) => new(
        FailureKind.Failed,
        "somebody has removed the repository's lock of this process, and may have changed the repository since, so the work was stopped before it was finished",
        "see that all clocks are right and that nobody runs `unlock` while others work, then run it again: what is stored already is found again",
        inner);

    /// <summary>A refresh may put another file in the place of the one that is looked for.</summary>
    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        for (var file = _current; ; file = _current)
        {
            if (await _repository.Backend.StatAsync(file!.Value, cancellationToken).ConfigureAwait(false) is not null) return true;
            if (file != _current) continue;
            _removed = true;
            return false;
        }
    }

    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        for (var isLast = false; ; isLast = true)
        {
            try
            {
                if (isLast) await Task.Delay(ReleaseAgainAfter, _clock, cancellationToken).ConfigureAwait(false);
                await DeleteAllButAsync(keep: 0, cancellationToken).ConfigureAwait(false);
                ReleaseFailure = null;
                return;
            }
            catch (Exception error) when (error is HoldfastException or OperationCanceledException)
            {
                ReleaseFailure ??= error;
                if (isLast || error is HoldfastException { Kind: FailureKind.Refused }) return;
            }
        }
    }

    /// <returns>The locks that do not exclude this one.</returns>
    private static async Task<IReadOnlyList<LockEntry>> RefuseConflictAsync(
        Repository repository, bool exclusive, ClientIdentity owner, TimeProvider clock, Id mine, CancellationToken cancellationToken)
    {
        var entries = await LockFiles.ListAsync(repository, clock, cancellationToken).ConfigureAwait(false);
        foreach (var entry in entries)
        {
            if (entry.Id != mine && (exclusive || entry.Exclusive)) throw Conflict(entry, owner, clock);
        }

        return entries;
    }

    private static HoldfastException Conflict(LockEntry entry, ClientIdentity owner, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var age = now - entry.Time;
        var kind = entry.Exclusive ? "exclusively " : string.Empty;
        var (user, host) = (Quoted.Escape(entry.Owner.UserName, LongestName), Quoted.Escape(entry.Owner.HostName, LongestName));
        var message = $"the repository is locked {kind}by process {entry.Owner.ProcessId} of {user} on {host}, last refreshed {Words(age)} ago";
        if (entry.IsOfDeadProcess(owner.HostName))
            return new HoldfastException(FailureKind.Locked, $"{message}; that process is gone, so the lock is stale", "remove the lock with `holdfast unlock`");
        return entry.IsStale(now, owner.HostName)
            ? new HoldfastException(FailureKind.Locked, $"{message}; the lock is stale", "remove it with `holdfast unlock`")
            : new HoldfastException(FailureKind.Locked, message, "wait until it has finished; with --wait SECONDS this waits by itself") { IsTransient = true };
    }

    /// <summary>A refreshed lock is seconds or minutes old; a stale one hours or days.</summary>
    private static string Words(TimeSpan age) => age.Duration() switch
    {
        { TotalSeconds: < 100 } => $"{age.TotalSeconds:0} seconds",
        { TotalMinutes: < 100 } => $"{age.TotalMinutes:0} minutes",
        { TotalHours: < 48 } => $"{age.TotalHours:0} hours",
        _ => $"{age.TotalDays:0} days",
    };

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var json = LockDocument.Serialize(_owner, _exclusive, Timestamp.FromDateTimeOffset(_clock.GetLocalNow()));
        _written.Add(await _repository.SaveDocumentAsync(FileType.Lock, json, cancellationToken).ConfigureAwait(false));
        _current = new StrongBox<FileHandle>(new FileHandle(FileType.Lock, _written[^1]));
        (_refreshedAt, _refreshed) = (_clock.GetUtcNow(), _clock.GetTimestamp());
        _lost.CancelAfter(LostAfter);
        await DeleteAllButAsync(keep: 1, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Deletes the oldest of the files that stand for this lock; one that could not be deleted is tried again at the next refresh.
    /// </summary>
    private async Task DeleteAllButAsync(int keep, CancellationToken cancellationToken)
    {
        while (_written.Count > keep)
        {
            await _repository.Backend.DeleteAsync(new FileHandle(FileType.Lock, _written[0]), cancellationToken).ConfigureAwait(false);
            _written.RemoveAt(0);
        }
    }

    private async Task RefreshAsync()
    {
        while (!_lost.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, _clock, _stop.Token).ConfigureAwait(false);
            // Others judge by the time of day, and the machine may have slept: its timers then stood still.
            var age = _clock.GetUtcNow() - _refreshedAt;
            if (age >= LostAfter) await _lost.CancelAsync().ConfigureAwait(false);
            else if (age.Duration() >= RefreshEvery || _clock.GetElapsedTime(_refreshed) >= RefreshEvery)
                await TryRefreshAsync().ConfigureAwait(false);
        }
    }

    private async Task TryRefreshAsync()
    {
        try
        {
            // A new file would hide that the old one was gone for a while.
            if (await IsThereAsync(_stop.Token).ConfigureAwait(false)) await WriteAsync(_stop.Token).ConfigureAwait(false);
            else await _lost.CancelAsync().ConfigureAwait(false);
        }
        catch (HoldfastException)
        {
            // Not yet dangerous: nobody takes the lock for stale before half an hour. It is tried again soon; when it lasts, Lost is
            // cancelled.
        }
    }
}
