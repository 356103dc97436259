namespace Holdfast.Restic.Backends;

/// <summary>The kinds of files in a repository (section 1).</summary>
public enum FileType
{
    Config,
    Key,
    Lock,
    Snapshot,
    Index,
    Pack,
}
