using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.State;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Locks;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>Where and for whom an application is restored.</summary>
public sealed record RestoreSurroundings
{
    /// <summary>The application's manifest; null without one.</summary>
    public required LoadedManifest? Manifest { get; init; }

    /// <summary>Where the application is on this host, where no manifest says so; null for where the snapshot has it.</summary>
    public FilePath? Root { get; init; }

    public required RepositoryAddress Repository { get; init; }

    public required FilePath StateFolder { get; init; }

    public required ClientIdentity Identity { get; init; }

    /// <summary>The program and its version, for snapshots and the journal.</summary>
    public required string Program { get; init; }

    /// <summary>What is Holdfast's own: never saved, never written into.</summary>
    public required IReadOnlyList<FilePath> Own { get; init; }

    /// <summary>How long to wait while another operation is at the application.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>What is locked, and under which the journal knows it.</summary>
    public ApplicationKey Application => Manifest is { } manifest
        ? ApplicationKey.Of(manifest.Application.Application, manifest.Path)
        : Root is { } root
            ? ApplicationKey.OfRoot(root)
            : ApplicationKey.OfRepository(Repository.Place);

    /// <summary>For the output of the programs that start the application.</summary>
    internal static FilePath ServiceLogsIn(FilePath stateFolder) => stateFolder.Combine("services");

    /// <summary>What takes the application down and up again; null when the manifest names nothing, or there is none.</summary>
    /// <param name="clock">For timeouts.</param>
    internal ServiceLifecycle? Service(TimeProvider clock) =>
        Manifest is { } manifest ? ServiceLifecycle.For(manifest.Application, ServiceLogsIn(StateFolder), clock) : null;

    /// <summary>Where the snapshot's root is mapped to; null for nowhere else.</summary>
    internal ApplicationPlace? Place => Manifest is { } manifest
        ? new ApplicationPlace(FilePath.From(manifest.Application.Root), manifest.Path)
        : Root is { } root ? new ApplicationPlace(root, root.Combine(ManifestLocation.FileName)) : null;

    /// <summary>
    /// The same for one snapshot: one of another application has nothing to do with the manifest at hand, and must not stop its service.
    /// </summary>
    internal RestoreSurroundings For(Snapshot snapshot) =>
        Manifest is { } manifest && snapshot.Tags.Contains(ApplicationTag.Of(manifest.Application.Application)) ? this : this with { Manifest = null };
}
