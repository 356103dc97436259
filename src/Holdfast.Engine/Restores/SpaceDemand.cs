using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores;

/// <summary>The room that a restore needs on one file system.</summary>
/// <param name="Place">A folder that is or will be there.</param>
/// <param name="Needed">Bytes.</param>
/// <param name="Free">Bytes that were free when it was looked at.</param>
public sealed record SpaceDemand(FilePath Place, long Needed, long Free)
{
    public bool IsMet => Needed <= Free;

    public override string ToString() =>
        $"not enough free space at \"{Place.Display}\": {HumanFormat.Size(Needed)} are needed, {HumanFormat.Size(Free)} are free";

    internal static SpaceDemand At(FilePath place, long needed) => new(place, needed, (long)Math.Min(FreeSpace.At(place), long.MaxValue));

    /// <summary>Looks again.</summary>
    /// <exception cref="HoldfastException">NoSpace, with the figures.</exception>
    internal void Require()
    {
        var now = At(Place, Needed);
        if (now.IsMet) return;
        throw new HoldfastException(
            FailureKind.NoSpace, now.ToString(), "free some space, restore fewer paths, or choose another target; nothing was written");
    }
}
