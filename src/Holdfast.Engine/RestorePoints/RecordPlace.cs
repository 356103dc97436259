using Holdfast.Engine.Files;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Where a snapshot keeps its record: in <c>.holdfast</c> beside the manifest or, without one, beside the first path.</summary>
public static class RecordPlace
{
    public const string FolderName = ".holdfast";

    public const string FileName = "snapshot.json";

    /// <summary>Beside the record: a folder for each database that was taken from a server, under its name.</summary>
    public const string DatabasesFolder = "databases";

    public static FilePath FolderFor(FilePath? manifest, IEnumerable<FilePath> targets, IEnumerable<FilePath> databases)
    {
        var beside = manifest ?? targets.Concat(databases).Order().First();
        return (beside.Parent ?? FilePath.Root).Combine(FolderName);
    }

    /// <summary>The folders in which the record of a snapshot with these paths can be.</summary>
    public static IEnumerable<FilePath> CandidatesFor(IEnumerable<string> snapshotPaths) => snapshotPaths
        .Where(path => path.StartsWith('/'))
        .Select(path => (FilePath.From(path).Parent ?? FilePath.Root).Combine(FolderName))
        .Distinct();
}
