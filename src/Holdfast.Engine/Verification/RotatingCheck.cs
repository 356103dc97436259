using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Checking;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Verification;

/// <summary>
/// Reads the packs that are due, and remembers each at once: a run that is interrupted has done what it has done. Other checks that read packs are
/// remembered in the same way.
/// </summary>
/// <param name="repository">What is checked.</param>
/// <param name="records">What is known of its packs.</param>
/// <param name="within">The period; null for a check that chooses its packs in another way.</param>
/// <param name="clock">For the times.</param>
/// <param name="notice">Told once when a check without a period cannot be remembered; it goes on then.</param>
public sealed class RotatingCheck(Repository repository, PackRecords records, TimeSpan? within, TimeProvider clock, Action<string> notice)
{
    private IReadOnlyList<StoredFile> _listed = [];
    private int _isForgetful;

    /// <param name="options">How; packs are read in any case.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was found; with a period also how much of the repository was verified within it.</returns>
    /// <exception cref="HoldfastException">As <see cref="RepositoryCheck.ExecuteAsync"/>; or the local state cannot be written.</exception>
    public async Task<(CheckResult Result, ReadCoverage? Coverage)> ExecuteAsync(CheckOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var rotating = options with
        {
            ReadData = true,
            Choose = packs => Choose(packs, options.Choose),
            PackRead = (pack, isGood) => Remember(() => records.Record(pack.Handle.Id, isGood, clock.GetUtcNow())),
        };
        var result = await new RepositoryCheck(repository, rotating).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return (result, within is { } period ? PackRotation.Coverage(_listed, records.Load(), period, clock.GetUtcNow()) : null);
    }

    /// <summary>That a check of everything can be made matters more than that it is remembered; a rotation is nothing without that.</summary>
    private void Remember(Action write)
    {
        if (Volatile.Read(ref _isForgetful) != 0) return;
        try
        {
            write();
        }
        catch (HoldfastException error) when (within is null)
        {
            if (Interlocked.Exchange(ref _isForgetful, 1) == 0) notice($"which packs are verified cannot be remembered: {error.Message}");
        }
    }

    private IReadOnlyList<StoredFile> Choose(IReadOnlyList<StoredFile> packs, Func<IReadOnlyList<StoredFile>, IReadOnlyList<StoredFile>>? otherwise)
    {
        _listed = packs;
        var now = clock.GetUtcNow();
        Remember(() => records.Adopt(packs.Select(pack => pack.Handle.Id), now));
        return within is { } period ? PackRotation.Due(packs, records.Load(), period, now) : otherwise?.Invoke(packs) ?? packs;
    }
}
