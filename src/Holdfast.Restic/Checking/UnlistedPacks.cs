using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;

namespace Holdfast.Restic.Checking;

/// <summary>Packs that no readable index lists, with what their own headers say they hold: harmless unless a snapshot needs them.</summary>
internal sealed class UnlistedPacks(IReadOnlyList<OpenFinding> damagedIndexes)
{
    private readonly Dictionary<Id, OpenFinding> _findings = [];

    internal BlobIndex Index { get; } = new();

    internal void Add(IndexedPack pack, OpenFinding finding)
    {
        Index.Add(pack);
        _findings.Add(pack.Id, finding);
    }

    /// <summary>The findings to blame for a blob that only these packs hold: the packs', and those of the index files that may have listed them.</summary>
    internal IEnumerable<OpenFinding> Blame(BlobHandle blob) =>
        Index.LocateAll(blob).Select(copy => _findings[copy.Pack]).Distinct().Concat(damagedIndexes);

    /// <summary>A pack that snapshots need must be listed; what was a hint is an error then.</summary>
    internal void RaiseNeeded()
    {
        foreach (var finding in _findings.Values.Where(finding => finding.IsHarmful))
        {
            finding.Severity = CheckSeverity.Error;
            finding.Message = "is in no readable index though snapshots need it; nothing is lost: `holdfast repair index` lists it again";
        }
    }
}
