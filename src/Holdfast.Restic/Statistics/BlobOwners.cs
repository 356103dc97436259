using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Statistics;

/// <summary>
/// Which snapshot needs which blob: none, one, or several. Four bytes of memory for each blob. The index must not grow meanwhile. Thread-safe.
/// </summary>
internal sealed class BlobOwners(BlobIndex index)
{
    private const int Nobody = 0;
    private const int Several = -1;

    private readonly Lock _gate = new();
    private readonly int[] _owners = new int[index.Count];

    /// <summary>
    /// Says that a snapshot needs a blob.
    /// </summary>
    /// <param name="blob">The blob.</param>
    /// <param name="snapshot">Its number, from 0.</param>
    /// <returns>Whether that changes anything; what hangs on the blob needs no second look when it does not.</returns>
    /// <exception cref="HoldfastException">Damaged: no pack holds it.</exception>
    internal bool Claim(BlobHandle blob, int snapshot)
    {
        var number = index.NumberOf(blob) ?? throw new HoldfastException(FailureKind.Damaged, $"{blob} is in no index", "run `holdfast check` to see what is hurt");
        lock (_gate)
        {
            ref var owner = ref _owners[number];
            if (owner == Several || owner == snapshot + 1) return false;
            owner = owner == Nobody ? snapshot + 1 : Several;
            return true;
        }
    }

    /// <summary>Shows every blob of the index with its only owner: null for none or several. Copies beyond the first belong to nobody.</summary>
    internal void ForEach(Action<BlobLocation, BlobNeeded> show)
    {
        var number = 0;
        index.ForEach(location =>
        {
            var owner = _owners[number++];
            show(location, new BlobNeeded(owner != Nobody, owner > 0 ? owner - 1 : null));
        });
    }
}

/// <summary>Who needs a blob.</summary>
/// <param name="IsNeeded">Some snapshot does.</param>
/// <param name="OnlyBy">The number of the only one; null when there are several or none.</param>
internal readonly record struct BlobNeeded(bool IsNeeded, int? OnlyBy);
