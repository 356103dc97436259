namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>A tablespace that is not in the data directory.</summary>
/// <param name="Id">Its number, which names it below <c>pg_tblspc</c>.</param>
/// <param name="Location">Its folder on the server.</param>
public sealed record ClusterTablespace(uint Id, string Location);
