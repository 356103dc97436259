using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Drills;

/// <summary>How the application is started on a restored copy.</summary>
/// <param name="Declaration">What the manifest says.</param>
/// <param name="Root">The application's root as the snapshot has it; the copy's is below the scratch directory.</param>
/// <param name="Environment">Variables to set or (null) remove beyond the manifest's: Holdfast's secrets are removed.</param>
public sealed record BootOptions(BootDeclaration Declaration, FilePath Root, IReadOnlyDictionary<string, string?> Environment)
{
    /// <summary>The same with the root that a snapshot was made of, when it tells.</summary>
    internal BootOptions For(SnapshotRecord? record) =>
        record?.Root is ['/', ..] root ? this with { Root = FilePath.Absolute(root, FilePath.Root) } : this;
}
