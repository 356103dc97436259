using Holdfast.Restic.Failures;
using Holdfast.Restic.Locks;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restic;

/// <summary>Locks of both programs on one repository.</summary>
public sealed class LockInteropTests : IDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;

    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Our_locks_keep_restic_out_as_its_own_do()
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"]);
        var file = _temp.WriteFile("file", "content");
        await using (await AcquireAsync(repository, exclusive: false))
        {
            await repository.Restic.RunAsync("backup", file);
            await ExpectLockedAsync(repository, "prune");
            await ExpectLockedAsync(repository, "check");
            // restic asks by SIGHUP whether the holder lives, and so leaves the lock alone.
            await repository.Restic.RunAsync("unlock");
            Assert.Single(Directory.GetFiles(_temp["repository", "locks"]));
        }

        await using (await AcquireAsync(repository, exclusive: true)) await ExpectLockedAsync(repository, "backup", file);
        Assert.Empty(Directory.GetFiles(_temp["repository", "locks"]));
        await repository.Restic.RunAsync("check");
    }

    [Fact]
    public async Task A_backup_by_restic_keeps_our_exclusive_lock_out_and_not_the_shared_one()
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"]);
        await using var backup = repository.Restic.Start("backup", "--stdin");
        await WaitForLockAsync();
        await using (await AcquireAsync(repository, exclusive: false))
        {
            var locked = await Assert.ThrowsAsync<HoldfastException>(() => AcquireAsync(repository, exclusive: true));
            Assert.Equal(FailureKind.Locked, locked.Kind);
        }

        await backup.WriteInputAsync("content");
        (await backup.WaitForExitAsync()).Expect(0);
        await using (await AcquireAsync(repository, exclusive: true)) Assert.Single(Directory.GetFiles(_temp["repository", "locks"]));
    }

    [Fact]
    public async Task An_exclusive_lock_of_restic_keeps_us_out()
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"]);
        await using var check = await StopWhileItHoldsItsLockAsync(repository);
        var locked = await Assert.ThrowsAsync<HoldfastException>(() => AcquireAsync(repository, exclusive: false));
        check.Signal(Continue);

        Assert.Equal(FailureKind.Locked, locked.Kind);
        Assert.Contains("exclusively", locked.Message, StringComparison.Ordinal);
        Assert.Contains($"process {check.Id} ", locked.Message, StringComparison.Ordinal);
        (await check.WaitForExitAsync()).Expect(0);
    }

    [Fact]
    public async Task The_lock_of_a_killed_restic_is_called_stale_and_removed_by_unlock()
    {
        using var repository = await OwnRepository.CreateAsync(_temp["repository"]);
        await using (var backup = repository.Restic.Start("backup", "--stdin"))
        {
            await WaitForLockAsync();
            backup.Kill();
            await backup.WaitForExitAsync();
        }

        var locked = await Assert.ThrowsAsync<HoldfastException>(() => AcquireAsync(repository, exclusive: true));
        Assert.Contains("stale", locked.Message, StringComparison.Ordinal);
        Assert.Contains("unlock", locked.Hint, StringComparison.Ordinal);

        var removed = await LockFiles.RemoveAsync(repository.Repository, all: false, OwnRepository.Identity.HostName, TimeProvider.System, Token);
        Assert.Single(removed.Removed);
        await using (await AcquireAsync(repository, exclusive: true)) Assert.Single(Directory.GetFiles(_temp["repository", "locks"]));
    }

    private static Task<RepositoryLock> AcquireAsync(OwnRepository repository, bool exclusive) =>
        RepositoryLock.AcquireAsync(repository.Repository, exclusive, OwnRepository.Identity, TimeProvider.System, Token);

    private static async Task ExpectLockedAsync(OwnRepository repository, params string[] arguments)
    {
        var result = await repository.Restic.TryRunAsync(arguments);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("repository is already locked", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A check holds its lock for a fifth of a second and little more: it may have ended before it is stopped, and is then started again.</summary>
    private async Task<RunningProcess> StopWhileItHoldsItsLockAsync(OwnRepository repository)
    {
        for (var attempt = 1; attempt <= 50; attempt++)
        {
            var check = repository.Restic.Start("check");
            await Conditions.Eventually("restic has written its lock or has ended", () => Locks().Length > 0 || check.HasExited);
            check.Signal(Stop);
            await Conditions.Eventually("it has stopped or ended", () => check.HasExited || StateOf(check.Id) == 'T');
            if (!check.HasExited && Locks().Length > 0) return check;
            check.Signal(Continue);
            (await check.WaitForExitAsync()).Expect(0);
            await check.DisposeAsync();
        }

        throw new InvalidOperationException("restic's check is always over before it can be stopped");
    }

    // proc_pid_stat(5): the letter behind the name in brackets.
    private static char StateOf(int process)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{process}/stat");
            return line[line.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return 'X';
        }
    }

    private Task WaitForLockAsync() => Conditions.Eventually(
        "restic has written its lock", () => Locks().Length > 0);

    private string[] Locks() => [.. Directory.GetFiles(_temp["repository", "locks"]).Where(path => Path.GetFileName(path).Length == 64)];
}
