namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// The tag of a snapshot that was made of the present state before something changed it. Commands that look for a restore point never choose
/// one by themselves: it holds the very state that somebody wanted to be rid of.
/// </summary>
public static class SafetyTag
{
    public const string Value = "holdfast-safety";
}
