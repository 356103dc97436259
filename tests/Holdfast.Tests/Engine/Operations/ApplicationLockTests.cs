using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Operations;

public sealed class ApplicationLockTests : IDisposable
{
    private readonly JournalScene _scene = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task One_changes_the_application_and_a_second_one_is_told_who()
    {
        using var held = await TakeAsync(isShared: false);
        var refused = await Assert.ThrowsAsync<HoldfastException>(() => TakeAsync(isShared: false));

        Assert.Equal(FailureKind.Locked, refused.Kind);
        Assert.Contains("shop", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"(process {Environment.ProcessId})", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--wait", refused.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_that_only_read_share_it_and_keep_a_change_out()
    {
        using var first = await TakeAsync(isShared: true);
        using var second = await TakeAsync(isShared: true);
        await Assert.ThrowsAsync<HoldfastException>(() => TakeAsync(isShared: false));
    }

    [Fact]
    public async Task Waits_until_the_other_one_is_done_and_says_so_once()
    {
        var said = new List<string>();
        var held = await TakeAsync(isShared: false);
        var waiting = TakeAsync(isShared: false, TimeSpan.FromMinutes(1), said.Add);
        await _scene.Clock.WaitForTimersAsync(1);
        _scene.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);

        held.Dispose();
        using var taken = await _scene.Clock.FollowAsync(waiting, TimeSpan.MaxValue);
        Assert.StartsWith("waiting: ", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_up_when_the_wait_is_over()
    {
        using var held = await TakeAsync(isShared: false);
        var waiting = TakeAsync(isShared: false, TimeSpan.FromSeconds(3));
        var begun = _scene.Clock.GetTimestamp();
        var refused = await Assert.ThrowsAsync<HoldfastException>(() => _scene.Clock.FollowAsync(waiting, TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.FromSeconds(3), _scene.Clock.GetElapsedTime(begun));
        Assert.Equal(FailureKind.Locked, refused.Kind);
    }

    [Fact]
    public async Task Without_a_manifest_the_repository_is_what_is_locked()
    {
        var here = ApplicationKey.OfRepository("/srv/backups");
        using var held = await TakeAsync(here);
        using var elsewhere = await TakeAsync(ApplicationKey.OfRepository("/srv/others"));
        await Assert.ThrowsAsync<HoldfastException>(() => TakeAsync(here));
    }

    private Task<ApplicationLock> TakeAsync(ApplicationKey application) => ApplicationLock.TakeAsync(
        application, new ApplicationLockOptions(IsShared: false, TimeSpan.Zero, _scene.StateFolder), _scene.Journal, _scene.Clock, Cancel);

    private Task<ApplicationLock> TakeAsync(bool isShared, TimeSpan wait = default, Action<string>? waiting = null) => ApplicationLock.TakeAsync(
        _scene.Application, new ApplicationLockOptions(isShared, wait, _scene.StateFolder, waiting), _scene.Journal, _scene.Clock, Cancel);
}
