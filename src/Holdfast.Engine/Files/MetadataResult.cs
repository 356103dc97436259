namespace Holdfast.Engine.Files;

/// <summary>
/// What of a node's metadata could not be given to a restored file without that being an error: an ordinary user may not give files away
/// or set system attributes, and some file systems keep no attributes. To be counted and told, not dropped.
/// </summary>
/// <param name="OwnerNotPermitted">The owner stayed the user who restores.</param>
/// <param name="AttributesNotPermitted">Names of extended attributes this user may not set or remove.</param>
/// <param name="AttributesNotSupported">Names of extended attributes the file system cannot hold.</param>
public sealed record MetadataResult(
    bool OwnerNotPermitted,
    IReadOnlyList<string> AttributesNotPermitted,
    IReadOnlyList<string> AttributesNotSupported)
{
    /// <summary>Everything was applied.</summary>
    public static MetadataResult Complete { get; } = new(OwnerNotPermitted: false, [], []);

    public bool IsComplete => !OwnerNotPermitted && AttributesNotPermitted.Count == 0 && AttributesNotSupported.Count == 0;
}
