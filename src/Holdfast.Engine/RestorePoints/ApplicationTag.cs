namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// The tag by which the snapshots of one application are found among others, also with stock restic
/// (<c>restic snapshots --tag app=shop</c>).
/// </summary>
public static class ApplicationTag
{
    private const string Prefix = "app=";

    public static string Of(string application) => Prefix + application;

    /// <summary>The application that the tags of a snapshot name; null when they name none.</summary>
    public static string? ApplicationOf(IReadOnlyList<string> tags) =>
        tags.FirstOrDefault(tag => tag.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..];
}
