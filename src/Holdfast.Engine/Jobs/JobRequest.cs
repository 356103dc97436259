using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Repositories;

namespace Holdfast.Engine.Jobs;

/// <summary>
/// What a job was asked for, as the journal keeps it, so that one that was interrupted can be run again: all of these leave an application as it
/// is. Holds no secret; where passphrases come from is asked anew.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "job")]
[JsonDerivedType(typeof(BackupRequest), OperationKind.Backup)]
[JsonDerivedType(typeof(DrillRequest), OperationKind.Drill)]
[JsonDerivedType(typeof(CheckRequest), OperationKind.Check)]
[JsonDerivedType(typeof(ExportRequest), OperationKind.Export)]
[JsonDerivedType(typeof(ImportRequest), OperationKind.Import)]
[JsonDerivedType(typeof(VerifyRequest), OperationKind.Verify)]
[JsonDerivedType(typeof(PruneRequest), OperationKind.Prune)]
[JsonDerivedType(typeof(RepairRequest), OperationKind.Repair)]
[JsonDerivedType(typeof(CopyRequest), OperationKind.Copy)]
[JsonDerivedType(typeof(DatabaseRestoreRequest), OperationKind.DatabaseRestore)]
public abstract record JobRequest
{
    /// <summary>The application's manifest; null without one.</summary>
    public FilePath? Manifest { get; init; }

    /// <summary>Null where none was named.</summary>
    public RepositoryAddress? Repository { get; init; }

    /// <summary>The folder that relative paths and patterns are meant from.</summary>
    public required FilePath Folder { get; init; }

    /// <summary>The request of an operation; null when it has none of this kind, or nobody can read it.</summary>
    public static JobRequest? Of(Operation operation)
    {
        if (operation is { Kind: OperationKind.Restore or OperationKind.Rollback } or { Request: null }) return null;
        try
        {
            return JsonSerializer.Deserialize(operation.Request, JobJson.Default.JobRequest);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            // Of another version of the program: the operation is shown, and whoever wants it again asks for it again.
            return null;
        }
    }

    public string Serialize() => JsonSerializer.Serialize(this, JobJson.Default.JobRequest);
}

/// <param name="Paths">As they were given; none for what the manifest describes.</param>
/// <param name="Exclude">Patterns.</param>
/// <param name="Output">A file that is written also, as it was given; null for none.</param>
public sealed record BackupRequest(
    [property: JsonRequired] IReadOnlyList<string> Paths,
    [property: JsonRequired] IReadOnlyList<string> Exclude,
    [property: JsonRequired] IReadOnlyList<string> Tags,
    string? Output) : JobRequest
{
    public bool Force { get; init; }

    public BackupDrillMode Drill { get; init; }

    /// <summary>Which database <see cref="Output"/> holds.</summary>
    public string? Database { get; init; }

    public bool Overwrite { get; init; }

    /// <summary>How long to wait for what is in the way, as it was given; null for as long as it does by itself.</summary>
    public double? WaitSeconds { get; init; }
}

/// <param name="Snapshot">The full ID.</param>
public sealed record DrillRequest([property: JsonRequired] string Snapshot, bool Boot) : JobRequest
{
    /// <summary>The folder for the copy, as it was given; null for one with room.</summary>
    public string? Scratch { get; init; }

    public bool NoLock { get; init; }
}

/// <param name="ReadData">All packs are read.</param>
public sealed record CheckRequest(bool ReadData) : JobRequest
{
    /// <summary>Which share of the packs is read, as it was given; null for none.</summary>
    public string? Subset { get; init; }

    /// <summary>Within which time every pack is read, as it was given; null for none.</summary>
    public string? Within { get; init; }
}

/// <param name="Snapshot">The full ID.</param>
/// <param name="File">As it was given.</param>
public sealed record ExportRequest(
    [property: JsonRequired] string Snapshot, [property: JsonRequired] string File, string? Database, bool Overwrite) : JobRequest
{
    public bool NoLock { get; init; }
}

/// <param name="File">The archive.</param>
public sealed record ImportRequest([property: JsonRequired] FilePath File, string? Database, bool TrustLinks, bool AnyApplication) : JobRequest
{
    public bool TrustPaths { get; init; }
}

/// <param name="File">The archive.</param>
public sealed record VerifyRequest([property: JsonRequired] FilePath File, bool TrustLinks) : JobRequest;

/// <param name="MaximumUnused">As it was given; null for the default.</param>
/// <param name="MaximumRepack">As it was given; null for no limit.</param>
public sealed record PruneRequest(string? MaximumUnused, string? MaximumRepack) : JobRequest
{
    public bool OnlyTrees { get; init; }

    public bool JoinSmall { get; init; }

    public bool Compress { get; init; }

    public bool NoSnapshots { get; init; }

    public bool RemovesProven { get; init; }
}

/// <param name="Part">The verb: index, packs or snapshots.</param>
/// <param name="Ids">As they were given.</param>
public sealed record RepairRequest([property: JsonRequired] string Part, [property: JsonRequired] IReadOnlyList<string> Ids) : JobRequest
{
    public bool ReadAllPacks { get; init; }

    public bool Forget { get; init; }
}

/// <param name="Ids">As they were given; none for all that the rest lets through.</param>
/// <param name="To">Where to.</param>
public sealed record CopyRequest([property: JsonRequired] IReadOnlyList<string> Ids, [property: JsonRequired] RepositoryAddress To) : JobRequest
{
    /// <summary>The file with the passphrase of <see cref="To"/>, as it was given; null where it is the same.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>As it was given.</summary>
    public string? Before { get; init; }

    public bool Proven { get; init; }

    public string? Application { get; init; }

    public IReadOnlyList<string> Hosts { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Paths { get; init => field = value ?? []; } = [];

    public bool NoLock { get; init; }
}

/// <param name="Snapshot">The full ID; null for a dump file.</param>
/// <param name="Input">The dump file; null for a snapshot.</param>
/// <param name="Database">As the manifest names it; null where there is only one.</param>
public sealed record DatabaseRestoreRequest(string? Snapshot, string? Input, string? Database) : JobRequest
{
    /// <summary>A connection string without a password, as it was given; null for the manifest's.</summary>
    public string? Server { get; init; }

    public string? As { get; init; }

    public IReadOnlyList<string> Schemas { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> Tables { get; init => field = value ?? []; } = [];

    public string? Owner { get; init; }

    public bool NoPrivileges { get; init; }

    public bool EndConnections { get; init; }

    public bool DropOld { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    Converters = [typeof(FilePathConverter)])]
[JsonSerializable(typeof(JobRequest))]
internal sealed partial class JobJson : JsonSerializerContext;
