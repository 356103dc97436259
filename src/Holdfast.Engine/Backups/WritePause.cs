using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>
/// Makes the application pause its writes, and lets it go on: always once the pause was begun, whatever happens in between, but for SIGKILL and a loss
/// of power.
/// </summary>
internal sealed class WritePause(BackupOptions options, HookProgram programs)
{
    private static readonly Dictionary<string, string?> _nothing = new(StringComparer.Ordinal);

    private bool _isBegun;

    /// <summary>The application is to be paused at all.</summary>
    internal bool IsWanted => options.Around.Quiesce is not null;

    /// <exception cref="HoldfastException">Failed: it did not pause. It still has to be resumed.</exception>
    internal async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (options.Around.Quiesce is not { } quiesce) return;
        options.PauseChanges(true);
        // First, because a program that fails or is killed may have paused the application all the same.
        _isBegun = true;
        await programs.RunAsync("backup.quiesce.pause", quiesce.Pause, _nothing, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the application go on, once. Cannot be cancelled; its time is limited.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    internal async Task<string?> EndAsync()
    {
        if (!_isBegun || options.Around.Quiesce is not { } quiesce) return null;
        _isBegun = false;
        try
        {
            await programs.RunAsync("backup.quiesce.resume", quiesce.Resume, _nothing, CancellationToken.None).ConfigureAwait(false);
            options.PauseChanges(false);
            return null;
        }
        catch (HoldfastException error)
        {
            return $"the application may still be paused, resume it by hand: {error.Message}";
        }
    }
}
