using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>A manifest that came back at another place than it was saved at, and may still be about that one.</summary>
public static class RestoredManifest
{
    /// <summary>What the next command there would do to the old place, for a person to mend first; null when the manifest is about where it is, or there is none. Also when it cannot be read.</summary>
    /// <param name="root">Where the application is now.</param>
    /// <param name="record">What the snapshot says of where it was; null when it says nothing.</param>
    public static string? Doubt(FilePath root, SnapshotRecord? record)
    {
        var path = root.Combine(ManifestLocation.FileName);
        if (FileSystem.TryStatus(path, followLinks: true) is not { IsFile: true }) return null;
        try
        {
            return Elsewhere(ManifestFile.Read(path).Require(), root, record) is { } elsewhere
                ? $"\"{path.Display}\" still names {elsewhere}: correct that before the next command here, which would otherwise be about the old place, and a restore would overwrite what is there"
                : null;
        }
        catch (HoldfastException error)
        {
            // Also whether it is about the old place.
            return $"the restored manifest cannot be read, so it is not known what it is about: {error.Message}; no command works here before that is mended";
        }
    }

    /// <summary>What is different for every later command when the manifest itself was restored; null when nothing is, or it cannot be read.</summary>
    /// <param name="before">As it was before the restore.</param>
    public static string? Change(LoadedManifest before)
    {
        try
        {
            var now = ManifestFile.Read(before.Path).Require();
            var was = before.Application;
            var parts = new List<string>();
            if (!now.Repositories.Select(repository => repository.Address.Place).SequenceEqual(was.Repositories.Select(repository => repository.Address.Place), StringComparer.Ordinal))
                parts.Add($"another repository ({string.Join(", ", now.Repositories.Select(repository => repository.Address.Display))}; before it was {string.Join(", ", was.Repositories.Select(repository => repository.Address.Display))})");
            if (Source(now.Passphrase) != Source(was.Passphrase)) parts.Add("another source of the passphrase");
            return parts.Count == 0 ? null : $"\"{before.Path.Display}\" was restored with the rest and names {string.Join(" and ", parts)}: correct that before the next command, or later backups go there";
        }
        catch (HoldfastException)
        {
            // What is wrong with it is told by every command that reads it, and none goes on.
            return null;
        }
    }

    private static string Source(PassphraseSource? source) =>
        source is PassphraseSource.Command(var words) ? $"command {string.Join('\0', words)}" : source?.ToString() ?? string.Empty;

    private static string? Elsewhere(ApplicationManifest application, FilePath root, SnapshotRecord? record)
    {
        var named = FilePath.From(application.Root);
        if (named != root) return $"the root \"{named.Display}\"";
        if (record?.Root is not ['/', ..] || FilePath.From(record.Root) is not { } old || old == root) return null;
        var left = application.Databases.Select(database => FilePath.From(database.Path)).FirstOrDefault(file => file.IsUnder(old) && !file.IsUnder(root));
        return left is null ? null : $"the database \"{left.Display}\"";
    }
}
