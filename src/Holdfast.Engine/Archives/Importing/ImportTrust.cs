using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Importing;

/// <summary>
/// What an archive may bring to this machine: files of the application, as the manifest here says what belongs to it. An archive says itself where
/// its files were, and somebody may have made it to have a file written where it runs.
/// </summary>
internal sealed class ImportTrust(ImportPlan plan, ArchiveImportOptions options)
{
    private const uint SetIdBits = 0xC00; // S_ISUID | S_ISGID

    private const string Way = "if you know who made the archive and want that, give --trust-paths";

    /// <summary>How many files have lost the bits that have them run as their owner or group.</summary>
    internal int Tamed { get; private set; }

    /// <exception cref="HoldfastException">Damaged: refused, and why.</exception>
    internal void Require(VerifiedArchive archive)
    {
        // Without a root nothing here says what belongs to the application: an import alone writes nothing, and a restore shows its plan.
        if (options.TrustPaths || archive.Manifest is not { } list || options.Root is not { } root) return;
        foreach (var path in plan.Paths)
            if (!IsOwn(path, root, isFolder: true) && !IsOwn(path, root, isFolder: false)) throw Outside(path);
        foreach (var entry in list.Files)
        {
            var path = plan.Map(ArchiveListCheck.OriginalOf(entry));
            var isFolder = entry.Type == ArchiveEntry.Folder;
            if (!IsOwn(path, root, isFolder) && !(isFolder && IsAbove(path, root))) throw Outside(path);
        }

        if (options.Manifest is { } manifest)
            foreach (var file in archive.Unpacked) RequireManifest(file, manifest);
    }

    /// <summary>The entry as it is taken in.</summary>
    internal ArchiveEntry Tame(ArchiveEntry entry)
    {
        var mode = ArchiveListCheck.ModeOf(entry);
        if (options.TrustPaths || entry.Type != ArchiveEntry.File || (mode & SetIdBits) == 0) return entry;
        Tamed++;
        return entry with { Mode = Convert.ToString(mode & ~SetIdBits, 8) };
    }

    private bool IsOwn(FilePath path, FilePath root, bool isFolder)
    {
        if (path.IsUnder(root)) return true;
        if (options.Manifest is not { } manifest) return false;
        return path == manifest.Path
            || manifest.Application.Databases.Any(database => path == FilePath.From(database.Path))
            || manifest.Application.Files.SelectMany(group => group.Selections).Any(selection => IsSelected(path, selection, isFolder));
    }

    private static bool IsSelected(FilePath path, FileSelection selection, bool isFolder)
    {
        var place = FilePath.From(selection.Path);
        if (!path.IsUnder(place)) return false;
        if (selection.Pattern is not { } pattern) return true;
        // A folder that matches is taken with all it holds.
        var names = path.Components.Skip(place.Components.Count).ToList();
        for (var depth = 1; depth <= names.Count; depth++)
        {
            var relative = names.Take(depth).Aggregate(FilePath.Root, (at, part) => at.Combine(part.Span));
            if (pattern.IsMatch(relative.Span[1..], depth < names.Count || isFolder)) return true;
        }

        return false;
    }

    // A folder on the way to what is saved is made where it is missing, and left alone where it is not.
    private bool IsAbove(FilePath path, FilePath root) =>
        !plan.Paths.Any(path.IsUnder) && plan.Paths.Append(root).Any(saved => saved.IsUnder(path));

    private void RequireManifest(UnpackedFile file, LoadedManifest manifest)
    {
        var path = plan.Map(ArchiveListCheck.OriginalOf(file.Entry));
        if (path != manifest.Path && path.Name.Span.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(ManifestLocation.FileName)) is false) return;
        if (file.Entry.Type == ArchiveEntry.Link) throw Refused($"its manifest \"{path.Display}\" is a link");
        if (file.Content is not { } content) return;
        var bytes = FileSystem.ReadAllBytes(content, ManifestReader.LargestSize + 1);
        // One that is not valid has nothing run.
        if (ManifestReader.Read(bytes, path.Display, path.Parent!.ToString()).Manifest is not { } theirs) return;
        var known = ManifestPrograms.Of(manifest.Application).ToHashSet(StringComparer.Ordinal);
        if (ManifestPrograms.Of(theirs).FirstOrDefault(program => !known.Contains(program)) is { } other)
            throw Refused($"its manifest \"{path.Display}\" has Holdfast run what the one here does not: {Quoted.Text(other)}");
    }

    private static HoldfastException Outside(FilePath path) =>
        Refused($"\"{path.Display}\" is neither below the application's root nor named by the manifest here");

    private static HoldfastException Refused(string why) => new(FailureKind.Damaged, $"the archive is refused: {why}", Way);
}
