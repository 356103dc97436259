using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Archives;

/// <summary>Refuses the list of an archive that no honest program writes, before anything of the archive is used.</summary>
internal sealed class ArchiveListCheck(ArchiveManifest manifest, bool trustLinks)
{
    private const int MostEntries = 2_000_000;
    private const int DeepestLevel = 512;

    private readonly Dictionary<FilePath, ArchiveEntry> _originals = [];

    /// <summary>The absolute path an entry had.</summary>
    internal static FilePath OriginalOf(ArchiveEntry entry) =>
        entry.OriginalBytes is { } bytes ? FilePath.From(bytes) : FilePath.From(entry.Original);

    /// <summary>Where a link leads, in raw bytes.</summary>
    internal static byte[] TargetOf(ArchiveEntry entry) => entry.TargetBytes ?? System.Text.Encoding.UTF8.GetBytes(entry.Target ?? string.Empty);

    /// <summary>The bits of chmod(2).</summary>
    internal static uint ModeOf(ArchiveEntry entry) => Convert.ToUInt32(entry.Mode, 8);

    /// <exception cref="HoldfastException">Damaged: refused, and why.</exception>
    internal void Require()
    {
        if (manifest.Files.Count > MostEntries) throw Refused($"it lists more than {MostEntries} entries");
        if (!Timestamp.TryParse(manifest.Time, out _)) throw Refused("its time is none");
        if (manifest.Paths.Count == 0) throw Refused("it names no path");
        foreach (var path in manifest.Paths) RequireAbsolute(path);
        if (manifest.Root is { } root) RequireAbsolute(root);
        RequireRecord(manifest.Record);
        var names = new HashSet<string>(StringComparer.Ordinal) { ArchiveManifest.EntryName, ArchiveManifest.SumsName };
        foreach (var entry in manifest.Files)
        {
            ArchiveNames.RequireSafe(entry.Path);
            if (!names.Add(entry.Path)) throw Refused($"it lists {Quoted.Text(entry.Path)} twice");
            RequireFields(entry);
        }

        foreach (var (path, entry) in _originals) RequireFolders(path, entry);
        if (!trustLinks) foreach (var (path, entry) in _originals) RequireInside(path, entry);
        RequireDatabases();
    }

    private void RequireFields(ArchiveEntry entry)
    {
        if (entry.Type is not (ArchiveEntry.File or ArchiveEntry.Folder or ArchiveEntry.Link)) throw Refused($"{Quoted.Text(entry.Path)} is of an unknown type");
        if (entry.Size < 0 || (entry.Size > 0 && entry.Type != ArchiveEntry.File)) throw Refused($"the size of {Quoted.Text(entry.Path)} is impossible");
        if (entry.Mode.Length is < 1 or > 4 || entry.Mode.AsSpan().ContainsAnyExceptInRange('0', '7')) throw Refused($"the mode of {Quoted.Text(entry.Path)} is none");
        if (!Timestamp.TryParse(entry.Modified, out _)) throw Refused($"the time of {Quoted.Text(entry.Path)} is none");
        if (entry.Type == ArchiveEntry.Link && TargetOf(entry) is { Length: 0 } or null) throw Refused($"the link {Quoted.Text(entry.Path)} leads nowhere");
        if (TargetOf(entry).AsSpan().Contains((byte)0)) throw Refused($"the link {Quoted.Text(entry.Path)} has a NUL in it");
        var original = OriginalOf(entry);
        if (entry.OriginalBytes is null) RequireAbsolute(entry.Original);
        else if (!IsTidyAbsolute(original, entry.OriginalBytes)) throw Refused($"the path of {Quoted.Text(entry.Path)} is not absolute or leads elsewhere");
        if (original.Components.Count > DeepestLevel) throw Refused($"folders are nested more than {DeepestLevel} deep");
        if (!_originals.TryAdd(original, entry)) throw Refused($"two entries are \"{original.Display}\"");
    }

    /// <summary>Nothing is below a file or a link.</summary>
    private void RequireFolders(FilePath path, ArchiveEntry entry)
    {
        for (var above = path.Parent; above is not null; above = above.Parent)
        {
            if (_originals.TryGetValue(above, out var found) && found.Type != ArchiveEntry.Folder)
                throw Refused($"{Quoted.Text(entry.Path)} is below \"{above.Display}\", which is no folder");
        }
    }

    private void RequireInside(FilePath path, ArchiveEntry entry)
    {
        if (entry.Type != ArchiveEntry.Link) return;
        var target = FilePath.From(TargetOf(entry));
        var isPlain = target.Components.SkipWhile(part => !target.IsAbsolute && part.Span.SequenceEqual(".."u8))
            .All(part => !part.Span.SequenceEqual(".."u8));
        var leadsTo = FilePath.Absolute(target, path.Parent ?? FilePath.Root);
        if (isPlain && (leadsTo.IsUnder(RootOrSelf(path)) || manifest.Paths.Any(saved => leadsTo.IsUnder(FilePath.From(saved))))) return;
        throw new HoldfastException(
            FailureKind.Damaged,
            $"the archive is refused: the link \"{path.Display}\" leads out of it, to \"{target.Display}\"",
            "if you know who made the archive, and the application has such a link, give --trust-links");
    }

    private FilePath RootOrSelf(FilePath path) => manifest.Root is { } root ? FilePath.From(root) : path;

    private void RequireRecord(SnapshotRecord? record)
    {
        if (record is null) return;
        if (record.Manifest is { } path) RequireAbsolute(path);
        if (record.Root is { } root) RequireAbsolute(root);
        foreach (var database in record.Databases) RequireAbsolute(database.Path);
    }

    /// <summary>Every database of the record is there, at its path, and no other.</summary>
    private void RequireDatabases()
    {
        var expected = (manifest.Record?.Databases ?? [])
            .Where(database => database is { Missing: null, Kind: DatabaseRecord.SqliteKind })
            .Select(database => (database.Name, database.Path)).ToHashSet();
        var found = manifest.Files.Where(entry => entry.Database is not null).Select(entry => (entry.Database!, entry.Original)).ToHashSet();
        if (!expected.SetEquals(found)) throw Refused("the databases that it lists and those that it holds differ");
    }

    private static void RequireAbsolute(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || !IsTidyAbsolute(FilePath.From(path), System.Text.Encoding.UTF8.GetBytes(path)))
            throw Refused(string.Create(CultureInfo.InvariantCulture, $"the path {Quoted.Text(path)} is not absolute or leads elsewhere"));
    }

    private static bool IsTidyAbsolute(FilePath path, ReadOnlySpan<byte> written) =>
        path.IsAbsolute && path.Span.SequenceEqual(written) && path.Components.All(part => !part.Span.SequenceEqual(".."u8));

    private static HoldfastException Refused(string why) =>
        new(FailureKind.Damaged, $"the archive is refused: {why}", "it was tampered with or made by a faulty program: use another one");
}
