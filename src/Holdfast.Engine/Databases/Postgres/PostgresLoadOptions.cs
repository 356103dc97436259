namespace Holdfast.Engine.Databases.Postgres;

/// <summary>What of a dump is restored, and to whom it belongs then.</summary>
public sealed record PostgresLoadOptions
{
    /// <summary>Only these schemas; empty for all.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>Only these tables, without their indexes and constraints, as pg_restore has it; empty for all.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Everything belongs to this role; null leaves it to the owners that the dump names.</summary>
    public string? Owner { get; init; }

    /// <summary>Rights that the dump grants are left out.</summary>
    public bool WithoutPrivileges { get; init; }

    /// <summary>Everything is put into the default tablespace.</summary>
    public bool WithoutTablespaces { get; init; }

    /// <summary>The dump is taken as it is.</summary>
    public bool IsPlain => !IsPartial && Owner is null && !WithoutPrivileges;

    /// <summary>A part of the dump is wanted.</summary>
    public bool IsPartial => Schemas.Count + Tables.Count > 0;
}
