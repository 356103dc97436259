using System.Globalization;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Asks a database what it holds, in whatever transaction the connection is in.</summary>
internal sealed class PostgresCatalog(NpgsqlConnection connection, PostgresServer server)
{
    private const string PartitionedKind = "p";

    // Without the system's and temporary tables, those that belong to an extension, and foreign tables: a dump does not hold their rows.
    private const string TablesQuestion = """
        select c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence = 'u'
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
            and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
        order by n.nspname, c.relname
        """;

    private const string FactsQuestion = """
        select pg_database_size(oid), pg_get_userbyid(datdba)::text, pg_encoding_to_char(encoding)::text, coalesce(datcollate, '')::text,
            coalesce(datctype, '')::text, (select count(*) from pg_largeobject_metadata)
        from pg_database where datname = current_database()
        """;

    /// <param name="isStandby">Tables that are not logged cannot be read there, and are not counted.</param>
    /// <param name="cancellationToken">Ends a query that runs.</param>
    internal async Task<PostgresSummary> SummariseAsync(bool isStandby, CancellationToken cancellationToken)
    {
        var facts = (await connection.QueryAsync(
            server,
            FactsQuestion,
            row => (Bytes: row.GetInt64(0), Owner: row.GetString(1), Encoding: row.GetString(2), Collate: row.GetString(3), CType: row.GetString(4), Objects: row.GetInt64(5)),
            cancellationToken).ConfigureAwait(false))[0];
        return new PostgresSummary
        {
            Bytes = facts.Bytes,
            Owner = facts.Owner,
            Encoding = facts.Encoding,
            Collate = facts.Collate,
            CType = facts.CType,
            LargeObjects = facts.Objects,
            Tables = await CountAsync(isStandby, cancellationToken).ConfigureAwait(false),
            Extensions = await ExtensionsAsync(cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>The names of all tables, as <see cref="PostgresSummary.Tables"/> has them.</summary>
    internal async Task<IReadOnlyList<string>> TableNamesAsync(CancellationToken cancellationToken) =>
        [.. (await TablesAsync(cancellationToken).ConfigureAwait(false)).Select(table => table.Name)];

    internal async Task<IReadOnlyDictionary<string, string>> ExtensionsAsync(CancellationToken cancellationToken) =>
        (await connection.QueryAsync(
            server, "select extname::text, extversion from pg_extension order by 1", row => (row.GetString(0), row.GetString(1)), cancellationToken).ConfigureAwait(false))
        .ToDictionary(extension => extension.Item1, extension => extension.Item2, StringComparer.Ordinal);

    /// <summary>Rows of each table.</summary>
    internal async Task<IReadOnlyDictionary<string, long>> CountAsync(bool isStandby, CancellationToken cancellationToken)
    {
        var tables = (await TablesAsync(cancellationToken).ConfigureAwait(false)).Where(table => !(isStandby && table.IsUnlogged)).ToList();
        var rows = new Dictionary<long, long>();
        foreach (var table in tables.Where(table => table.Kind != PartitionedKind))
        {
            var count = await connection.ScalarAsync(server, $"select count(*) from only {table.Identifier}", cancellationToken).ConfigureAwait(false);
            rows[table.Id] = Convert.ToInt64(count, CultureInfo.InvariantCulture);
        }

        foreach (var table in tables.Where(table => table.Kind == PartitionedKind))
            rows[table.Id] = (await PartsAsync(table, cancellationToken).ConfigureAwait(false)).Sum(part => rows.GetValueOrDefault(part));
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in tables) counts[counts.ContainsKey(table.Name) ? table.Identifier : table.Name] = rows[table.Id];
        return counts;
    }

    private Task<List<long>> PartsAsync(Table table, CancellationToken cancellationToken) => connection.QueryAsync(
        server,
        string.Create(CultureInfo.InvariantCulture, $"select relid::oid::bigint from pg_partition_tree({table.Id}::oid::regclass) where isleaf"),
        row => row.GetInt64(0),
        cancellationToken);

    private Task<List<Table>> TablesAsync(CancellationToken cancellationToken) => connection.QueryAsync(
        server,
        TablesQuestion,
        row => new Table(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4)),
        cancellationToken);

    private sealed record Table(long Id, string Schema, string Plain, string Kind, bool IsUnlogged)
    {
        internal string Name => Schema == "public" ? Plain : $"{Schema}.{Plain}";

        internal string Identifier => $"{PostgresConnections.Identifier(Schema)}.{PostgresConnections.Identifier(Plain)}";
    }
}
