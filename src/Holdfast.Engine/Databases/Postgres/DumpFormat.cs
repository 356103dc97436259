namespace Holdfast.Engine.Databases.Postgres;

/// <summary>In which form a dump is.</summary>
public enum DumpFormat
{
    /// <summary>pg_dump's custom format, which pg_restore reads.</summary>
    Custom,

    /// <summary>SQL, which psql runs.</summary>
    Sql,
}
