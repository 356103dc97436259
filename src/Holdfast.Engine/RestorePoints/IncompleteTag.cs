namespace Holdfast.Engine.RestorePoints;

/// <summary>The tag of a snapshot from which something is missing, so that every listing shows it, also that of stock restic.</summary>
public static class IncompleteTag
{
    public const string Value = "incomplete";
}
