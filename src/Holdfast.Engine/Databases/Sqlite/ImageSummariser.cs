using System.Buffers.Binary;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>Puts together what the survey of an image means: rows per table, and the pages that are damaged.</summary>
internal sealed class ImageSummariser
{
    private const string SchemaOwner = "sqlite_schema";

    private readonly SqliteImage _image;
    private readonly DamageList _damage = new();
    private readonly TreeWalk _walk;

    public ImageSummariser(SqliteImage image)
    {
        _image = image;
        _walk = new TreeWalk(image, _damage);
    }

    public SqliteImageSummary Summarise(CancellationToken cancellation)
    {
        var leaves = new List<uint>();
        _walk.Walk(1, SchemaOwner, leaves, cancellation);
        var schema = new SchemaReader(_image, _damage);
        var objects = leaves.SelectMany(schema.ObjectsOn).ToList();

        var tables = new List<TableRows>();
        foreach (var item in objects)
        {
            var isTable = string.Equals(item.Type, "table", StringComparison.Ordinal);
            // Virtual tables, views and triggers have no tree.
            if (item.RootPage == 0) continue;
            var tree = _walk.Walk(item.RootPage, item.Name, null, cancellation);
            // A table without rowid is stored as an index b-tree; an index never as a table's.
            if (isTable) tables.Add(new TableRows(item.Name, tree.Entries, tree.IsComplete));
            else if (tree.IsTable && tree.IsComplete) _damage.Add(item.RootPage, "an index has a table's tree", item.Name);
        }

        WalkFreelist(cancellation);
        // What could not be read comes last: a page that some tree needs has been named with its owner by then.
        foreach (var (page, reason) in _image.Unreadable().OrderBy(p => p.Key)) _damage.Add(page, reason, null);
        return new SqliteImageSummary(
            _image.PageSize, _image.PageCount, _image.JournalMode, _image.Header.SchemaCookie, _image.Header.UserVersion, tables, _damage.Named);
    }

    // Trunk pages name about a thousand free pages each, so reading them again costs next to nothing (fileformat2.html, section 1.5).
    private void WalkFreelist(CancellationToken cancellation)
    {
        var trunk = new byte[_image.PageSize];
        var page = _image.Header.FirstFreelistTrunk;
        while (page != 0 && _walk.Claim(page, "the list of free pages"))
        {
            cancellation.ThrowIfCancellationRequested();
            _image.Read((page - 1L) * _image.PageSize, trunk);
            var count = BinaryPrimitives.ReadUInt32BigEndian(trunk.AsSpan(4));
            if (count > _image.PageSize / 4 - 2)
            {
                _damage.Add(page, "it names more free pages than fit", "the list of free pages");
                return;
            }

            for (var i = 0; i < count; i++) _walk.Claim(BinaryPrimitives.ReadUInt32BigEndian(trunk.AsSpan(8 + 4 * i)), "the list of free pages");
            page = BinaryPrimitives.ReadUInt32BigEndian(trunk);
        }
    }
}
