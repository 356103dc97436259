using Holdfast.Engine.Files;

namespace Holdfast.Engine.RestorePoints;

/// <summary>Of which of several applications of one name something is: each has a host and a root.</summary>
/// <param name="Host">The host's name.</param>
/// <param name="Root">The application's root; null when it is not known.</param>
public sealed record SnapshotOrigin(string Host, FilePath? Root)
{
    /// <summary>For people.</summary>
    public override string ToString() => Root is null ? PrintableName.Escape(Host) : $"{PrintableName.Escape(Host)}:{Root.Display}";
}
