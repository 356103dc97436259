using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Backends.Local;

/// <summary>Looks for what a listing passes over.</summary>
internal sealed class FolderSurvey(DefaultLayout layout)
{
    internal StorageDisorder Take(CancellationToken cancellationToken)
    {
        try
        {
            var missing = layout.TopDirectories().Where(folder => !Directory.Exists(folder)).Select(folder => Path.GetFileName(folder)).ToList();
            var unknown = new List<string>();
            foreach (var snapshots in layout.DirectoriesOf(FileType.Snapshot).Where(Directory.Exists))
            {
                foreach (var entry in new DirectoryInfo(snapshots).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = default, IgnoreInaccessible = false }))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (!IsKnown(entry)) unknown.Add(entry.Name);
                }
            }

            unknown.Sort(StringComparer.Ordinal);
            return new StorageDisorder(missing, unknown);
        }
        catch (Exception e) when (LocalFailures.IsExpected(e))
        {
            throw LocalFailures.From(e, $"look at the folders of {LocalFailures.Quote(layout.Root)}");
        }
    }

    private static bool IsKnown(FileSystemInfo entry) =>
        !entry.Attributes.HasFlag(FileAttributes.Directory) && (Id.TryParse(entry.Name, out _) || InterruptedWrite.IsNamed(entry.Name));
}
