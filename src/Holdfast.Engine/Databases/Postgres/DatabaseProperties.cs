using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>What belongs to a database as a whole and is in none of its tables: rights to connect, settings, the comment, the limit of connections.</summary>
public sealed class DatabaseProperties(PostgresMaintenance maintenance)
{
    // Settings are taken over by what they are now in this session, because only the server can read them as it wrote them.
    private const string SettingsQuestion = """
        select coalesce(r.rolname, '')::text, split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)
        from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) as setting
        where d.datname = $1
        """;

    private const string RightsQuestion = """
        select privilege_type::text, case grantee when 0 then 'public' else quote_ident(grantee::regrole::text) end, is_grantable
        from pg_database, aclexplode(datacl) where datname = $1
        """;

    private const string RestQuestion = """
        select coalesce(shobj_description(oid, 'pg_database'), ''), datconnlimit, datacl is not null, pg_get_userbyid(datdba)::text from pg_database where datname = $1
        """;

    /// <exception cref="Restic.Failures.HoldfastException">The role may not.</exception>
    public async Task CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        var target = PostgresConnections.Identifier(to);
        var (comment, limit, hasRights, owner) = (await maintenance.QueryAsync(
            RestQuestion, row => (row.GetString(0), row.GetInt32(1), row.GetBoolean(2), row.GetString(3)), cancellationToken, from).ConfigureAwait(false))[0];
        await maintenance.ExecuteAsync($"alter database {target} owner to {PostgresConnections.Identifier(owner)}", cancellationToken).ConfigureAwait(false);
        await maintenance.ExecuteAsync($"alter database {target} connection limit {limit.ToString(System.Globalization.CultureInfo.InvariantCulture)}", cancellationToken).ConfigureAwait(false);
        if (comment.Length > 0) await maintenance.ExecuteAsync($"comment on database {target} is {PostgresConnections.Literal(comment)}", cancellationToken).ConfigureAwait(false);
        if (hasRights) await CopyRightsAsync(from, target, cancellationToken).ConfigureAwait(false);
        foreach (var (role, name, value) in await maintenance.QueryAsync(
            SettingsQuestion, row => (row.GetString(0), row.GetString(1), row.GetString(2)), cancellationToken, from).ConfigureAwait(false))
        {
            var subject = role.Length == 0 ? $"database {target}" : $"role {PostgresConnections.Identifier(role)} in database {target}";
            await maintenance.QueryAsync("select set_config($1, $2, false)", row => row.GetString(0), cancellationToken, name, value).ConfigureAwait(false);
            await maintenance.ExecuteAsync($"alter {subject} set {Setting(name)} from current", cancellationToken).ConfigureAwait(false);
            await maintenance.ExecuteAsync($"reset {Setting(name)}", cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CopyRightsAsync(string from, string target, CancellationToken cancellationToken)
    {
        await maintenance.ExecuteAsync($"revoke all on database {target} from public", cancellationToken).ConfigureAwait(false);
        foreach (var (right, role, isGrantable) in await maintenance.QueryAsync(
            RightsQuestion, row => (row.GetString(0), row.GetString(1), row.GetBoolean(2)), cancellationToken, from).ConfigureAwait(false))
            await maintenance.ExecuteAsync($"grant {right} on database {target} to {role}{(isGrantable ? " with grant option" : string.Empty)}", cancellationToken).ConfigureAwait(false);
    }

    // Those of extensions have two parts.
    private static string Setting(string name) => string.Join('.', name.Split('.').Select(PostgresConnections.Identifier));
}
