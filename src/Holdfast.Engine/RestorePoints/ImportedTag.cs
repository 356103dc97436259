namespace Holdfast.Engine.RestorePoints;

/// <summary>The tag of snapshots that came out of an archive.</summary>
public static class ImportedTag
{
    public const string Value = "imported";
}
