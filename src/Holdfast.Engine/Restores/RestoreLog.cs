using System.Collections.Concurrent;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Restores;

/// <summary>Gathers figures, problems and notices of one restore. Thread-safe.</summary>
internal sealed class RestoreLog
{
    private readonly ConcurrentQueue<string> _problems = [];
    private readonly ConcurrentQueue<string> _notices = [];
    private readonly ConcurrentDictionary<string, int> _attributes = new(StringComparer.Ordinal);
    private long _files;
    private long _databases;
    private long _bytes;
    private long _bytesReused;
    private long _owners;
    private long _damages;

    internal IEnumerable<string> Problems => _problems;

    /// <summary>Some of the problems come from damage in the repository.</summary>
    internal bool FoundDamage => Interlocked.Read(ref _damages) > 0;

    internal IEnumerable<string> Notices => _notices;

    internal void Problem(string sentence) => _problems.Enqueue(sentence);

    /// <summary>Takes over what an earlier attempt had to tell.</summary>
    internal void Resume(IEnumerable<string> problems, bool foundDamage)
    {
        foreach (var problem in problems) Problem(problem);
        if (foundDamage) Interlocked.Increment(ref _damages);
    }

    /// <summary>A problem that comes from damage in the repository.</summary>
    internal void Damage(string sentence)
    {
        Interlocked.Increment(ref _damages);
        Problem(sentence);
    }

    internal void Notice(string sentence) => _notices.Enqueue(sentence);

    internal void Metadata(MetadataResult result)
    {
        if (result.OwnerNotPermitted) Interlocked.Increment(ref _owners);
        foreach (var name in result.AttributesNotPermitted.Concat(result.AttributesNotSupported))
            _attributes.AddOrUpdate(name, 1, (_, count) => count + 1);
    }

    internal void Restored(RestoreItem item)
    {
        if (item.IsDatabase) Interlocked.Increment(ref _databases);
        else if (item.IsFile) Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, item.Bytes);
    }

    internal void Reused(long bytes) => Interlocked.Add(ref _bytesReused, bytes);

    internal RestoreResult Result(TimeSpan duration) => new()
    {
        Files = _files,
        Databases = _databases,
        Bytes = _bytes,
        BytesReused = _bytesReused,
        Duration = duration,
        FoundDamage = FoundDamage,
        Problems = [.. _problems.Distinct().Order(StringComparer.Ordinal)],
        Notices = [.. _notices.Concat(MetadataNotices()).Distinct().Order(StringComparer.Ordinal)],
    };

    private IEnumerable<string> MetadataNotices()
    {
        if (_owners > 0) yield return $"the owner of {_owners} restored files could not be set: only root may do that";
        foreach (var (name, count) in _attributes)
            yield return $"the extended attribute \"{PrintableName.Escape(name)}\" of {count} restored files could not be set here";
    }
}
