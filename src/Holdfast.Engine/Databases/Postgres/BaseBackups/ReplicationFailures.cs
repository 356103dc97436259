using Holdfast.Restic.Failures;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>Turns what the server or libpq says about replication into failures that say what to do.</summary>
internal static class ReplicationFailures
{
    /// <summary>No connection. libpq gives words only.</summary>
    internal static HoldfastException Connecting(string said, PostgresServer server)
    {
        var (kind, hint) = said switch
        {
            _ when Has("pg_hba.conf") => (FailureKind.Unavailable, $"add a line for replication to pg_hba.conf, such as: local replication {server.User} scram-sha-256"),
            _ when Has("must be superuser or replication role") || Has("permission denied to start WAL sender") =>
                (FailureKind.Refused, $"let the role: alter role {server.User} replication"),
            _ when Has("max_wal_senders") => (FailureKind.Busy, "raise max_wal_senders, or try again when another backup or standby is done"),
            _ when Has("password") => (FailureKind.Unavailable, "name the source of the role's password in the manifest (password: { file: PATH }), or write it into ~/.pgpass for the database \"replication\""),
            _ when Has("unsupported startup parameter") || Has("pgbouncer") => (FailureKind.Refused, "a pooler does not pass replication on: name the server itself"),
            _ => (FailureKind.Unavailable, (string?)"see whether it runs, and the server's log"),
        };
        return new HoldfastException(kind, $"{server.ServerDisplay} cannot be reached for a base backup: {PostgresFailures.Clean(said)}", hint);

        bool Has(string text) => said.Contains(text, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What the server answered instead of what was asked for.</summary>
    internal static HoldfastException Told(string state, string said, PostgresServer server)
    {
        var hint = said switch
        {
            _ when Has("has already been removed") => "the server removed WAL that the backup needs: raise wal_keep_size, or make the backup faster (max_rate)",
            _ when Has("WAL level not sufficient") => "set wal_level = replica and restart the server",
            _ when Has("recovery is in progress") || Has("standby was promoted") => "try again",
            _ => null,
        };
        return new HoldfastException(
            state == PostgresErrorCodes.DataCorrupted ? FailureKind.Damaged : FailureKind.Failed,
            $"the base backup of {server.ServerDisplay} failed: {PostgresFailures.Clean(said)}{(state.Length > 0 ? $" (SQLSTATE {state})" : string.Empty)}",
            hint);

        bool Has(string text) => said.Contains(text, StringComparison.Ordinal);
    }

    internal static HoldfastException Broken(string said, PostgresServer server) => new(
        FailureKind.Unavailable, $"the connection for a base backup of {server.ServerDisplay} broke: {PostgresFailures.Clean(said)}", "see the server's log");
}
