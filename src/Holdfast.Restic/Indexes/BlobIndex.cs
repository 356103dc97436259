using Holdfast.Restic.Format;
using Holdfast.Restic.Packs;

namespace Holdfast.Restic.Indexes;

/// <summary>
/// Every blob of the repository and where it is, in memory: about 70 bytes a blob in segments, so that growing neither copies nor doubles.
/// Several packs may hold the same blob; all copies are kept, because the next one is tried when the first is damaged (section 5). Thread-safe.
/// </summary>
public sealed class BlobIndex
{
    private const int SegmentBits = 13;
    private const int SegmentSize = 1 << SegmentBits;
    private const int None = -1;

    private readonly Lock _gate = new();
    private readonly List<Entry[]> _segments = [];
    private readonly List<Id> _packs = [];
    private readonly Dictionary<Id, int> _packNumbers = [];
    private readonly HashSet<BlobHandle> _pending = [];
    private readonly List<Id> _files = [];
    private int[] _buckets = NewBuckets(1 << 12);
    private int _count;

    /// <summary>The index files that it was loaded from.</summary>
    public IReadOnlyCollection<Id> Files
    {
        get
        {
            lock (_gate) return [.. _files];
        }
    }

    /// <summary>Blobs listed, copies included.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    internal void AddFile(Id file)
    {
        lock (_gate) _files.Add(file);
    }

    /// <summary>True when some pack holds the blob.</summary>
    public bool Contains(BlobHandle handle)
    {
        lock (_gate) return Find(handle) != None;
    }

    /// <summary>The first copy, or null.</summary>
    public BlobLocation? Locate(BlobHandle handle)
    {
        lock (_gate)
        {
            var number = Find(handle);
            return number == None ? null : LocationOf(EntryAt(number));
        }
    }

    /// <summary>All copies, in the order they became known.</summary>
    public IReadOnlyList<BlobLocation> LocateAll(BlobHandle handle)
    {
        lock (_gate)
        {
            var copies = new List<BlobLocation>(1);
            for (var number = _buckets[Bucket(handle.Id)]; number != None; number = EntryAt(number).Next)
            {
                ref readonly var entry = ref EntryAt(number);
                if (entry.Id == handle.Id && entry.Type == handle.Type) copies.Add(LocationOf(entry));
            }

            copies.Reverse();
            return copies;
        }
    }

    /// <summary>True when the blob is stored more than once.</summary>
    internal bool HasCopies(BlobHandle handle)
    {
        lock (_gate)
        {
            var copies = 0;
            for (var number = _buckets[Bucket(handle.Id)]; number != None; number = EntryAt(number).Next)
            {
                ref readonly var entry = ref EntryAt(number);
                if (entry.Id == handle.Id && entry.Type == handle.Type && ++copies > 1) return true;
            }

            return false;
        }
    }

    /// <summary>
    /// A number below <see cref="Count"/> by which the blob can be told while nothing is added: the place of one of its copies in the order of
    /// <see cref="ForEach"/>. Null when no pack holds it.
    /// </summary>
    internal int? NumberOf(BlobHandle handle)
    {
        lock (_gate) return Find(handle) is var number and not None ? number : null;
    }

    /// <summary>True when some pack holds the blob or a caller is about to store it.</summary>
    internal bool IsStoredOrClaimed(BlobHandle handle)
    {
        lock (_gate) return Find(handle) != None || _pending.Contains(handle);
    }

    /// <summary>Shows every copy of every blob, in the order in which they became known. The index must not be used by what it is shown to.</summary>
    internal void ForEach(Action<BlobLocation> show)
    {
        lock (_gate)
        {
            for (var number = 0; number < _count; number++) show(LocationOf(EntryAt(number)));
        }
    }

    /// <summary>Says that this caller will store the blob: false when it is stored already or another caller is at it.</summary>
    internal bool TryClaim(BlobHandle handle)
    {
        lock (_gate) return Find(handle) == None && _pending.Add(handle);
    }

    /// <summary>Enters a pack that is durable. Exactly identical entries collapse to one.</summary>
    internal void Add(IndexedPack pack)
    {
        lock (_gate)
        {
            if (!_packNumbers.TryGetValue(pack.Id, out var packNumber))
            {
                packNumber = _packs.Count;
                _packs.Add(pack.Id);
                _packNumbers.Add(pack.Id, packNumber);
            }

            foreach (var blob in pack.Blobs)
            {
                _pending.Remove(blob.Handle);
                if (!IsListed(packNumber, blob)) Insert(packNumber, blob);
            }
        }
    }

    private static int[] NewBuckets(int size)
    {
        var buckets = new int[size];
        Array.Fill(buckets, None);
        return buckets;
    }

    private int Bucket(Id id) => id.GetHashCode() & (_buckets.Length - 1);

    private ref Entry EntryAt(int number) => ref _segments[number >> SegmentBits][number & (SegmentSize - 1)];

    private int Find(BlobHandle handle)
    {
        for (var number = _buckets[Bucket(handle.Id)]; number != None; number = EntryAt(number).Next)
        {
            ref readonly var entry = ref EntryAt(number);
            if (entry.Id == handle.Id && entry.Type == handle.Type) return number;
        }

        return None;
    }

    private bool IsListed(int packNumber, PackedBlob blob)
    {
        for (var number = _buckets[Bucket(blob.Handle.Id)]; number != None; number = EntryAt(number).Next)
        {
            ref readonly var entry = ref EntryAt(number);
            if (entry.Pack == packNumber && entry.Offset == blob.Offset && LocationOf(entry).Blob == blob) return true;
        }

        return false;
    }

    private void Insert(int packNumber, PackedBlob blob)
    {
        if (_count == _buckets.Length) Rehash();
        if (_count == _segments.Count * SegmentSize) _segments.Add(new Entry[SegmentSize]);
        var bucket = Bucket(blob.Handle.Id);
        EntryAt(_count) = new Entry
        {
            Id = blob.Handle.Id,
            Type = blob.Handle.Type,
            Pack = packNumber,
            Offset = blob.Offset,
            Length = blob.Length,
            UncompressedLength = blob.UncompressedLength,
            Next = _buckets[bucket],
        };
        _buckets[bucket] = _count++;
    }

    private void Rehash()
    {
        _buckets = NewBuckets(_buckets.Length * 2);
        for (var number = 0; number < _count; number++)
        {
            ref var entry = ref EntryAt(number);
            var bucket = Bucket(entry.Id);
            entry.Next = _buckets[bucket];
            _buckets[bucket] = number;
        }
    }

    private BlobLocation LocationOf(in Entry entry) =>
        new(_packs[entry.Pack], new PackedBlob(new BlobHandle(entry.Type, entry.Id), entry.Offset, entry.Length, entry.UncompressedLength));

    private struct Entry
    {
        internal Id Id;
        internal int Pack;
        internal uint Offset;
        internal uint Length;
        internal uint UncompressedLength;
        internal int Next;
        internal BlobType Type;
    }
}
