using Holdfast.Restic.Format;

namespace Holdfast.Restic.Checking;

/// <summary>What a check looked at and what it found.</summary>
/// <param name="Findings">Errors first.</param>
/// <param name="Snapshots">Snapshot files.</param>
/// <param name="IndexFiles">Index files.</param>
/// <param name="Packs">Packs that are stored.</param>
/// <param name="Trees">Different directories that snapshots refer to and that could be read.</param>
/// <param name="Blobs">Blobs that the index lists, copies included.</param>
/// <param name="BytesRead">Bytes of packs that were read completely and verified.</param>
public sealed record CheckResult(IReadOnlyList<CheckFinding> Findings, int Snapshots, int IndexFiles, int Packs, int Trees, int Blobs, long BytesRead)
{
    /// <summary>Every snapshot that an error hurts, also those beyond what findings name.</summary>
    public IReadOnlySet<Id> HurtSnapshots { get; init; } = new HashSet<Id>();

    public bool HasErrors => Findings.Any(finding => finding.Severity == CheckSeverity.Error);
}
