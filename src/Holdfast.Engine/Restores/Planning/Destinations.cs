using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Planning;

/// <summary>Where things go, and whether they may.</summary>
internal static class Destinations
{
    private const int Listed = 5;
    private const string CannotBeWritten = " cannot be written to: ";

    /// <summary>The absolute path of the snapshot, made again below the target as restic does it.</summary>
    internal static FilePath Below(FilePath target, FilePath path) =>
        path.Components.Aggregate(target, (folder, name) => folder.Combine(name.Span));

    /// <exception cref="HoldfastException">Usage: the target is one of the folders or inside one.</exception>
    internal static void RefuseInside(FilePath target, IReadOnlyList<FilePath> forbidden)
    {
        if (!target.IsAbsolute) throw new HoldfastException(FailureKind.Usage, $"the target \"{target.Display}\" is not an absolute path");
        if (forbidden.FirstOrDefault(folder => IsInside(target, folder)) is not { } holder) return;
        throw new HoldfastException(
            FailureKind.Usage,
            $"the target \"{target.Display}\" is inside the repository \"{holder.Display}\"",
            "choose a folder outside of the repository");
    }

    /// <summary>What exists already and would be overwritten, or cannot be replaced; the first few, and how many more.</summary>
    internal static IReadOnlyList<string> Conflicts(IReadOnlyList<RestoreItem> items, RestoreOptions options)
    {
        var found = new List<string>();
        var more = 0;
        foreach (var conflict in items.Select(item => Conflict(item, options)).OfType<string>().Concat(options.Target is null ? Unwritable(items) : []))
        {
            if (found.Count < Listed) found.Add(conflict);
            else more++;
        }

        if (more > 0) found.Add($"and {more} more");
        return found;
    }

    /// <summary>True when a folder of the destination is really a folder: neither a file nor a link that would lead elsewhere.</summary>
    internal static bool IsRealFolder(FilePath path) => FileSystem.TryStatus(path, followLinks: false) is { IsDirectory: true };

    internal static HoldfastException Refusal(IReadOnlyList<string> conflicts, bool isInPlace) => new(
        FailureKind.Failed,
        $"nothing was restored, because of what is in the way: {string.Join("; ", conflicts)}",
        isInPlace
            ? Advice(conflicts)
            : "use an empty target, or restore in place without --target");

    private static string Advice(IReadOnlyList<string> conflicts)
    {
        var readOnly = conflicts.Where(conflict => conflict.Contains(CannotBeWritten, StringComparison.Ordinal)).ToList();
        const string Elsewhere = "restore with --target to an empty folder";
        const string Access = "change owner or mode of the folder, or run this as its owner or as root";
        return readOnly.Count == 0 ? $"move these away, or {Elsewhere}" : readOnly.Count == conflicts.Count ? $"{Access}; or {Elsewhere}" : $"{Access}; move the others away, or {Elsewhere}";
    }

    // Better told before the application is stopped.
    private static IEnumerable<string> Unwritable(IReadOnlyList<RestoreItem> items)
    {
        var folders = items.Where(item => !item.IsDirectory || !FileSystem.Exists(item.Destination)).Select(item => item.Destination.Parent).OfType<FilePath>().Distinct();
        foreach (var folder in folders)
            if (FileSystem.WhyNotWritable(folder) is { } why) yield return $"the folder \"{folder.Display}\"{CannotBeWritten}{why}";
    }

    private static string? Conflict(RestoreItem item, RestoreOptions options)
    {
        var path = item.Destination;
        if (options.Target is null && options.Forbidden.Any(folder => path.IsUnder(folder)) && !item.IsDirectory)
            return $"\"{path.Display}\" is inside the repository";
        if (options.Target is null && item.IsLeading && !item.IsDirectory)
            return $"\"{path.Display}\" is not below the paths of the snapshot, which were relative: where it came from is not known";
        if (FileSystem.TryStatus(path, followLinks: false) is not { } existing) return null;
        if (item.IsDirectory)
        {
            if (existing.IsDirectory) return null;
            var leads = options.Target is null && item.IsLeading && FileSystem.TryStatus(path, followLinks: true) is { IsDirectory: true };
            return leads ? null : $"\"{path.Display}\" exists and is not a folder as in the snapshot";
        }

        if (options.Target is not null) return $"\"{path.Display}\" exists already";
        if (existing.IsDirectory) return $"\"{path.Display}\" is a folder, but not in the snapshot";
        return item.IsDatabase && !existing.IsFile ? $"\"{path.Display}\" is not a regular file, but a database in the snapshot" : null;
    }

    private static bool IsInside(FilePath path, FilePath folder) => Resolve(path).IsUnder(Resolve(folder)) || path.IsUnder(folder);

    // Links resolved as far as the path exists.
    private static FilePath Resolve(FilePath path)
    {
        var existing = FileSystemIdentity.NearestExisting(path);
        var real = FileSystem.RealPath(existing);
        foreach (var name in path.Components.Skip(existing.Components.Count)) real = real.Combine(name.Span);
        return real;
    }
}
