using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Applications;

/// <summary>Whether files and folders are there.</summary>
internal sealed class PathInspection(ApplicationManifest application, FindingList findings)
{
    internal void Run()
    {
        foreach (var group in application.Files)
        {
            for (var i = 0; i < group.Selections.Count; i++)
                Check(group.Selections[i], ["files", group.Name, i.ToString(CultureInfo.InvariantCulture)]);
        }

        if (application.Version is VersionDeclaration.InFile(var file) && !IsThere(file, ["version", "file"]))
            findings.Warning(["version", "file"], $"{Display(file)} does not exist", "snapshots will not say the application's version");
    }

    private void Check(FileSelection selection, IReadOnlyList<string> keys)
    {
        if (!IsThere(selection.Path, keys))
        {
            var what = selection.Pattern is null ? Display(selection.Path) : $"the folder {Display(selection.Path)}, in which the pattern looks,";
            findings.Error(keys, $"{what} does not exist", "correct or remove the entry; a backup would name it and end with exit code 3");
        }
        else if (selection.Pattern is null && application.Exclude.IsExcluded(FilePath.From(selection.Path).Span, isFolder: false))
        {
            findings.Warning(keys, $"{Display(selection.Path)} also matches a pattern of exclude", "what is named in files is saved all the same; remove one of them");
        }
    }

    private bool IsThere(string path, IReadOnlyList<string> keys) =>
        findings.Ask(keys, () => (bool?)FileSystem.Exists(FilePath.From(path))) is null or true;

    private static string Display(string path) => FilePath.From(path).Display;
}
