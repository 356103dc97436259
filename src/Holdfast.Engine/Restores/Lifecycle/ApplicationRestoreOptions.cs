using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Engine.Restores.Served;
using Holdfast.Engine.Supervision;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>A restore of an application in place, with all that belongs to it.</summary>
public sealed record ApplicationRestoreOptions
{
    /// <summary>What to restore; without a target.</summary>
    public required RestoreOptions Restore { get; init; }

    /// <summary>Takes the application down and up again; null when that is not Holdfast's.</summary>
    public ServiceLifecycle? Service { get; init; }

    /// <summary>What <see cref="Service"/> was made of, for the journal: the manifest may be another one when it is needed again.</summary>
    public DeclaredService? Declared { get; init; }

    /// <summary>How the present state is saved before it is changed: everything but the targets. Null saves nothing.</summary>
    public BackupOptions? Safety { get; init; }

    /// <summary>Databases of servers that come back, or go away.</summary>
    public IReadOnlyList<ServedTarget> Served { get; init; } = [];

    /// <summary>The same as they are saved before.</summary>
    public IReadOnlyList<ServedDatabase> PresentServed { get; init; } = [];

    /// <summary>Connections to those may be ended.</summary>
    public bool EndsSessions { get; init; }

    /// <summary>What tells everybody while the application is between two states; null for nothing.</summary>
    public MarkedRestore? Marker { get; init; }

    /// <summary>Start the application in the end also when it did not run before.</summary>
    public bool Start { get; init; }

    /// <summary>Earlier ones that only had to see to it that the application runs, which is from now on for this one to do.</summary>
    public IReadOnlyList<Operation> TakesOver { get; init; } = [];
}

/// <summary>Where a restore leaves a marker.</summary>
/// <param name="Path">The file.</param>
/// <param name="Content">What it says, but for what is not known yet.</param>
/// <param name="Before">What the file says now, of an interrupted restore that this one goes over; null when there is none.</param>
public sealed record MarkedRestore(FilePath Path, RestoreMarker Content, RestoreMarker? Before);
