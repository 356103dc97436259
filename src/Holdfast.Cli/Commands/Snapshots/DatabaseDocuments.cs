using Holdfast.Cli.Output;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Commands.Snapshots;

internal static class DatabaseDocuments
{
    internal static DatabaseDocument Of(DatabaseRecord database) => new(
        database.Name,
        database.Path,
        database.Sqlite?.JournalMode ?? string.Empty,
        database.Sqlite?.Pages ?? 0,
        database.Sqlite?.PageSize ?? 0,
        database.Tables,
        database.Damage,
        database.Missing,
        database.At is { } at ? Timestamp.FromDateTimeOffset(at.ToUniversalTime()).ToString() : null,
        database.Kind,
        database.Bytes,
        database.Postgres is { } dump ? Of(dump) : null);

    private static PostgresDocument Of(PostgresRecord dump) => new(
        dump.Method,
        dump.Database,
        dump.ServerVersion,
        dump.Standby,
        dump.Bytes,
        dump.Dump,
        dump.Globals,
        dump.RolePasswords,
        dump.Extensions,
        dump.LargeObjects,
        dump.Cluster is { } cluster ? Of(cluster) : null);

    private static ClusterDocument Of(ClusterRecord cluster) => new(
        cluster.Folder,
        cluster.SystemIdentifier,
        cluster.Timeline,
        cluster.Start,
        cluster.End,
        cluster.Checksums,
        [.. cluster.Tablespaces.Select(space => new ClusterTablespaceDocument(space.Id, space.Name, space.Location))]);
}
