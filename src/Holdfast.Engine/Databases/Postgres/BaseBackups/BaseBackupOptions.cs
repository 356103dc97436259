namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>How a base backup is taken.</summary>
public sealed record BaseBackupOptions
{
    /// <summary>The slowest and the fastest that the server can be told to be, in KiB a second (PostgreSQL's documentation, 55.4).</summary>
    public const int SlowestRate = 32;

    /// <inheritdoc cref="SlowestRate"/>
    public const int FastestRate = 1 << 20;

    /// <summary>How much the server may send, in KiB a second; null for as much as it can.</summary>
    public int? MaxRate { get; init; }
}
