using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Restic.Checking;

/// <summary>
/// Looks whether a repository holds what it promises (section 10.1), goes on after each thing that is wrong, and says of each which
/// snapshots and paths it hurts. Changes nothing and takes no lock: the caller holds an exclusive one, or accepts hints about files that
/// others are writing.
/// </summary>
public sealed class RepositoryCheck(Repository repository, CheckOptions options)
{
    // The storage itself is judged, not what is kept of it near by.
    private readonly Repository _repository = repository.Afresh();
    private readonly FindingLog _log = new();

    /// <exception cref="HoldfastException">The storage cannot be listed, or is unavailable; everything else is a finding.</exception>
    public async Task<CheckResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        Begin("checking keys, snapshots and index");
        await new EnvelopeCheck(_repository, _log).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        // Snapshots first, then the index: the other order misses blobs of a snapshot that is written in between (section 9.5).
        var snapshots = await LoadSnapshotsAsync(cancellationToken).ConfigureAwait(false);
        var listed = await ListedPacks.LoadAsync(_repository, _log, cancellationToken).ConfigureAwait(false);
        Begin("checking packs");
        var stored = await _repository.ListAsync(FileType.Pack, cancellationToken).ConfigureAwait(false);
        var unlisted = await new PackListCheck(_repository, _log).ExecuteAsync(listed, stored, cancellationToken).ConfigureAwait(false);
        var bytes = options.ReadData ? await ReadPacksAsync(listed, stored, cancellationToken).ConfigureAwait(false) : 0;
        Begin("checking directories");
        var trees = new StoredTrees(_repository, listed, unlisted);
        var count = await new TreeCheck(trees, _log, options.Workers)
            .ExecuteAsync(snapshots.Readable.Select(snapshot => snapshot.Snapshot.Tree), cancellationToken).ConfigureAwait(false);
        await FindHarmAsync(trees, snapshots, cancellationToken).ConfigureAwait(false);
        unlisted.RaiseNeeded();
        var findings = _log.Findings.OrderByDescending(finding => finding.Severity).Select(finding => finding.ToFinding()).ToList();
        var hurt = _log.Findings.Where(finding => finding.Severity == CheckSeverity.Error).SelectMany(finding => finding.HurtSnapshots).ToHashSet();
        return new CheckResult(
            findings, snapshots.Readable.Count + snapshots.Damaged.Count, listed.Files, stored.Count, count, listed.Index.Count, bytes)
        {
            HurtSnapshots = hurt,
        };
    }

    private async Task<SnapshotListing> LoadSnapshotsAsync(CancellationToken cancellationToken)
    {
        var snapshots = await SnapshotFiles.LoadAllExclusivelyAsync(_repository, cancellationToken).ConfigureAwait(false);
        foreach (var damaged in snapshots.Damaged)
            _log.Error(new FileHandle(FileType.Snapshot, damaged.Id), $"cannot be read: {damaged.Why}").HurtsAllOf(damaged.Id);
        return snapshots;
    }

    private void Begin(string step, long bytes = 0) => options.StepBegins?.Invoke(step, bytes);

    private async Task<long> ReadPacksAsync(ListedPacks listed, IReadOnlyList<StoredFile> stored, CancellationToken cancellationToken)
    {
        var packs = stored.Where(file => listed.Packs.ContainsKey(file.Handle.Id)).ToList();
        if (options.Choose is { } choose) packs = [.. choose(packs)];
        Begin("reading packs", packs.Sum(pack => pack.Size));
        return await new PackContentCheck(_repository, listed, _log, options).ExecuteAsync(packs, cancellationToken).ConfigureAwait(false);
    }

    private async Task FindHarmAsync(StoredTrees trees, SnapshotListing snapshots, CancellationToken cancellationToken)
    {
        var lost = _log.LostBlobs(trees.Index);
        if (lost.Count == 0 && _log.Defects.Count == 0) return;
        Begin("finding out what is hurt");
        var search = new HarmSearch(trees, lost, _log.Defects);
        foreach (var snapshot in snapshots.Readable.Reverse())
            await search.SearchAsync(snapshot, cancellationToken).ConfigureAwait(false);
    }
}
