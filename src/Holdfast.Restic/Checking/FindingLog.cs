using Holdfast.Restic.Backends;
using Holdfast.Restic.Format;
using Holdfast.Restic.Indexes;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Checking;

/// <summary>Gathers findings from all workers, each blob's once, and which stored copies of blobs are bad. Thread-safe.</summary>
internal sealed class FindingLog
{
    private readonly Lock _gate = new();
    private readonly List<OpenFinding> _findings = [];
    private readonly Dictionary<BlobHandle, OpenFinding> _blobs = [];
    private readonly Dictionary<BlobLocation, List<OpenFinding>> _badCopies = [];
    private readonly Dictionary<BlobHandle, List<OpenFinding>> _unlisted = [];
    private readonly Dictionary<Id, List<NodeDefect>> _defects = [];

    /// <summary>All findings; only when no worker runs any more.</summary>
    internal IReadOnlyList<OpenFinding> Findings => _findings;

    /// <summary>What is wrong with single entries, by the tree they are in; only when no worker runs any more.</summary>
    internal IReadOnlyDictionary<Id, List<NodeDefect>> Defects => _defects;

    internal OpenFinding Error(FileHandle file, string message) => Add(CheckSeverity.Error, CheckSubject.Of(file), message);

    internal OpenFinding Hint(FileHandle file, string message) => Add(CheckSeverity.Hint, CheckSubject.Of(file), message);

    /// <summary>Of the repository as a whole.</summary>
    internal OpenFinding Error(string message) => Add(CheckSeverity.Error, default, message);

    /// <inheritdoc cref="Error(string)"/>
    internal OpenFinding Hint(string message) => Add(CheckSeverity.Hint, default, message);

    /// <summary>A blob that no pack has. Told once, however often it is referred to.</summary>
    internal void Missing(BlobHandle blob)
    {
        lock (_gate) BlobFinding(blob, "is in no index and in no pack");
    }

    /// <summary>A copy that is lost with its pack.</summary>
    internal void BadCopy(BlobLocation copy, OpenFinding pack)
    {
        lock (_gate) AddTo(_badCopies, copy, pack);
    }

    /// <summary>A copy that does not open, decompress or hash; the blob gets a finding of its own.</summary>
    internal void BadCopy(BlobLocation copy, OpenFinding pack, string message)
    {
        lock (_gate)
        {
            AddTo(_badCopies, copy, pack);
            AddTo(_badCopies, copy, BlobFinding(copy.Blob.Handle, message));
        }
    }

    /// <summary>A tree that cannot be read from any of its copies; nothing new when the packs already say so.</summary>
    internal void UnreadableTree(BlobHandle tree, IReadOnlyList<BlobLocation> copies, string message)
    {
        lock (_gate)
        {
            if (copies.All(_badCopies.ContainsKey)) return;
            var finding = BlobFinding(tree, message);
            foreach (var copy in copies) AddTo(_badCopies, copy, finding);
        }
    }

    /// <summary>A blob that snapshots need and that only packs hold which no index lists.</summary>
    internal void Unlisted(BlobHandle blob, IEnumerable<OpenFinding> because)
    {
        lock (_gate)
        {
            if (!_unlisted.ContainsKey(blob)) _unlisted.Add(blob, [.. because]);
        }
    }

    internal void Defect(Id tree, CheckSeverity severity, ReadOnlyMemory<byte> name, string message)
    {
        var finding = new OpenFinding(severity, CheckSubject.Of(new BlobHandle(BlobType.Tree, tree)), message);
        lock (_gate)
        {
            _findings.Add(finding);
            AddTo(_defects, tree, new NodeDefect(finding, name));
        }
    }

    /// <summary>The blobs that cannot be had, each with the findings that say so; only when no worker runs any more.</summary>
    internal Dictionary<BlobHandle, List<OpenFinding>> LostBlobs(BlobIndex index)
    {
        var lost = new Dictionary<BlobHandle, List<OpenFinding>>(_unlisted);
        foreach (var (blob, finding) in _blobs)
        {
            if (index.LocateAll(blob).Count == 0) lost[blob] = [finding];
        }

        foreach (var (copy, _) in _badCopies)
        {
            var blob = copy.Blob.Handle;
            if (lost.ContainsKey(blob)) continue;
            var copies = index.LocateAll(blob);
            if (copies.FirstOrDefault(other => !_badCopies.ContainsKey(other)) is { Pack.IsNull: false } good)
            {
                if (_blobs.TryGetValue(blob, out var finding)) finding.Message += $"; the copy in pack {good.Pack} is good, so nothing is lost";
                continue;
            }

            lost.Add(blob, [.. copies.SelectMany(other => _badCopies[other]).Distinct()]);
        }

        return lost;
    }

    private static void AddTo<TKey, TValue>(Dictionary<TKey, List<TValue>> lists, TKey key, TValue value)
        where TKey : notnull
    {
        if (lists.TryGetValue(key, out var list)) list.Add(value);
        else lists.Add(key, [value]);
    }

    private OpenFinding Add(CheckSeverity severity, CheckSubject subject, string message)
    {
        var finding = new OpenFinding(severity, subject, message);
        lock (_gate) _findings.Add(finding);
        return finding;
    }

    private OpenFinding BlobFinding(BlobHandle blob, string message)
    {
        if (_blobs.TryGetValue(blob, out var known)) return known;
        var finding = new OpenFinding(CheckSeverity.Error, CheckSubject.Of(blob), message);
        _blobs.Add(blob, finding);
        _findings.Add(finding);
        return finding;
    }
}

/// <summary>Something wrong with one entry of a tree.</summary>
internal readonly record struct NodeDefect(OpenFinding Finding, ReadOnlyMemory<byte> Name);
