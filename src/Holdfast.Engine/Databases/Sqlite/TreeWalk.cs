namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>What walking one b-tree gave.</summary>
/// <param name="IsTable">A table b-tree (rowid), as opposed to an index b-tree.</param>
/// <param name="Entries">Cells that are rows or index entries.</param>
/// <param name="IsComplete">No page of it is damaged.</param>
internal sealed record TreeResult(bool IsTable, long Entries, bool IsComplete);

/// <summary>
/// Walks b-trees from their roots over what a survey remembers, and finds the pages that cannot be part of them.
/// One walk serves all trees of a database, so that a page with two owners is found.
/// </summary>
internal sealed class TreeWalk(SqliteImage image, DamageList damage)
{
    private const int MaximumDepth = 20;

    private readonly PageSurvey _survey = image.Survey;
    private readonly uint[] _visited = new uint[image.PageCount / 32 + 1];
    private readonly Stack<(uint Page, int Depth)> _pending = new();

    /// <summary>Walks the tree at a root.</summary>
    /// <param name="owner">The table or index, for the list of damage.</param>
    /// <param name="leaves">Receives the numbers of its leaf pages in the order of their keys; null when nobody asks.</param>
    public TreeResult Walk(uint root, string owner, ICollection<uint>? leaves, CancellationToken cancellation)
    {
        long entries = 0;
        var (leafDepth, damagedBefore) = (-1, damage.Total);
        bool? isTable = null;
        _pending.Clear();
        _pending.Push((root, 0));
        while (_pending.TryPop(out var next))
        {
            var (page, depth) = next;
            if (!Enter(page, depth, owner, out var kind)) continue;
            if (page % 1024 == 0) cancellation.ThrowIfCancellationRequested();
            var ofTable = kind is PageKind.LeafTable or PageKind.InteriorTable;
            isTable ??= ofTable;
            if (ofTable != isTable)
            {
                damage.Add(page, "it belongs to the other kind of tree, table or index", owner);
                continue;
            }

            if (kind is PageKind.InteriorTable or PageKind.InteriorIndex)
            {
                var children = PushChildren(page, depth);
                if (!ofTable) entries += children - 1;
                continue;
            }

            if (leafDepth < 0) leafDepth = depth;
            if (depth != leafDepth) damage.Add(page, "it is not as deep in its tree as the other leaves", owner);
            entries += _survey.CellsOf(page);
            leaves?.Add(page);
        }

        return new TreeResult(isTable ?? true, entries, damage.Total == damagedBefore);
    }

    /// <summary>Takes a page that is not part of a tree; false, and damage, when it has an owner already or does not exist.</summary>
    public bool Claim(uint page, string? owner)
    {
        if (page < 1 || page > image.PageCount || image.IsLockPage(page))
        {
            damage.Add(page, "it is pointed to, but no such page can exist", owner);
            return false;
        }

        ref var word = ref _visited[page / 32];
        var bit = 1u << (int)(page % 32);
        if ((word & bit) != 0)
        {
            damage.Add(page, "it is used twice", owner);
            return false;
        }

        word |= bit;
        return true;
    }

    private bool Enter(uint page, int depth, string owner, out PageKind kind)
    {
        kind = PageKind.Unseen;
        if (!Claim(page, owner)) return false;
        if (_survey.KindOf(page) == PageKind.Unseen) _survey.Add((page - 1L) * image.PageSize, ReadAgain(page));
        kind = _survey.KindOf(page);
        var problem = kind switch
        {
            PageKind.NotBtree => "it is not a page of a b-tree",
            PageKind.BadCells => "its cells lie outside the page",
            _ => depth > MaximumDepth ? "its tree is too deep" : null,
        };
        if (problem is not null) damage.Add(page, problem, owner);
        return problem is null;
    }

    private int PushChildren(uint page, int depth)
    {
        if (!_survey.TryChildrenOf(page, out var children))
        {
            var bytes = ReadAgain(page);
            var header = BtreePage.Read(bytes, page, image.PageSize - image.Header.ReservedBytes);
            var read = new uint[header.CellCount + 1];
            header.Children(bytes, read);
            children = read;
        }

        // The first child comes off the stack first: leaves are met in the order of their keys.
        for (var i = children.Length - 1; i >= 0; i--) _pending.Push((children[i], depth + 1));
        return children.Length;
    }

    private byte[] ReadAgain(uint page)
    {
        var bytes = new byte[image.PageSize];
        image.Read((page - 1L) * image.PageSize, bytes);
        return bytes;
    }
}
