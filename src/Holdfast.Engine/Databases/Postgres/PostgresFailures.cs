using System.Net.Sockets;
using Holdfast.Restic.Failures;
using Npgsql;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Turns what a server or the way to it says (PostgreSQL's documentation, appendix A) into failures that say what to do.</summary>
internal static class PostgresFailures
{
    private const int LongestMessage = 500;

    /// <summary>The failure of a connection or a statement.</summary>
    internal static HoldfastException From(Exception failure, PostgresServer server) => failure switch
    {
        HoldfastException known => known,
        PostgresException told => Told(told, server),
        NpgsqlException { InnerException: SocketException socket } => NotReached(server, socket.SocketErrorCode, failure),
        NpgsqlException { InnerException: TimeoutException } or TimeoutException => new(
            FailureKind.Unavailable, $"{server.ServerDisplay} did not answer in time", "see whether it is overloaded, or a firewall drops the connection", failure),
        NpgsqlException { InnerException: IOException or null } broken when IsNoPassword(broken) => new(
            FailureKind.Unavailable, $"{server.ServerDisplay} wants a password of the role {Quoted.Text(server.User)}, and none is known", PasswordHint, failure),
        NpgsqlException { InnerException: IOException } => new(
            FailureKind.Unavailable, $"the connection to {server.ServerDisplay} broke: {Clean(failure.InnerException!.Message)}", "see the server's log", failure),
        _ => new(FailureKind.Failed, $"{server.Display} cannot be used: {Clean(failure.Message)}", null, failure),
    };

    /// <summary>The server's own words in one line.</summary>
    internal static string Clean(string message) => Quoted.Escape(message.Trim(), LongestMessage);

    private const string PasswordHint = "name its source in the manifest (password: { file: PATH }), or write it into ~/.pgpass";

    private static bool IsNoPassword(NpgsqlException failure) => failure.Message.Contains("No password has been provided", StringComparison.Ordinal);

    private static HoldfastException Told(PostgresException told, PostgresServer server) => told.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword => new(
            FailureKind.Unavailable, $"{server.ServerDisplay} does not accept the password of the role {Quoted.Text(server.User)}", PasswordHint, told),
        PostgresErrorCodes.InvalidAuthorizationSpecification => new(
            FailureKind.Unavailable,
            $"{server.ServerDisplay} does not let the role {Quoted.Text(server.User)} in: {Clean(told.MessageText)}",
            "create the role (createuser), name another one with user=, or add a line for it to pg_hba.conf",
            told),
        PostgresErrorCodes.InvalidCatalogName => new(
            FailureKind.NotFound, $"there is no database {Quoted.Text(server.Database)} on {server.ServerDisplay}", "correct dbname=; `psql -l` lists them", told),
        PostgresErrorCodes.TooManyConnections => new(
            FailureKind.Busy,
            $"{server.ServerDisplay} has no connection left: {Clean(told.MessageText)}",
            "try again later, raise max_connections, or use a role with reserved connections",
            told),
        PostgresErrorCodes.CannotConnectNow => new(
            FailureKind.Unavailable, $"{server.ServerDisplay} takes no connections now: {Clean(told.MessageText)}", "it is starting, stopping or recovering; try again soon", told),
        PostgresErrorCodes.InsufficientPrivilege => new(
            FailureKind.Failed,
            $"the role {Quoted.Text(server.User)} may not do this with {server.Display}: {Clean(told.MessageText)}",
            "let it read everything: grant pg_read_all_data to it, or use the owner of the database",
            told),
        PostgresErrorCodes.LockNotAvailable => new(FailureKind.Busy, $"a lock in {server.Display} was not to be had in time: {Clean(told.MessageText)}", null, told),
        PostgresErrorCodes.DiskFull => new(FailureKind.NoSpace, $"the disk of {server.ServerDisplay} is full: {Clean(told.MessageText)}", "free some space there and try again", told),
        PostgresErrorCodes.ObjectInUse => new(FailureKind.Busy, $"{server.Display} is in use: {Clean(told.MessageText)}", "end its connections", told),
        PostgresErrorCodes.ReadOnlySqlTransaction => new(
            FailureKind.Refused, $"{server.ServerDisplay} takes no changes: {Clean(told.MessageText)}", "it is a standby or set to read only: name the primary", told),
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => new(
            FailureKind.Damaged, $"{server.Display} is damaged: {Clean(told.MessageText)}", "see the server's log; restore from a proven backup", told),
        _ => new(FailureKind.Failed, $"{server.Display}: {Clean(told.MessageText)} (SQLSTATE {told.SqlState})", null, told),
    };

    private static HoldfastException NotReached(PostgresServer server, SocketError error, Exception failure)
    {
        var isSocket = server.Host.StartsWith('/');
        var why = error switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its name is not known",
            SocketError.ConnectionRefused => "nothing listens there",
            SocketError.AddressNotAvailable when isSocket => "there is no such socket",
            _ => Clean(failure.InnerException!.Message),
        };
        return new(
            FailureKind.Unavailable,
            $"{server.ServerDisplay} cannot be reached: {why}",
            isSocket ? "start it; `ss -xl | grep PGSQL` shows the sockets of servers that run" : "start it, or correct host= and port=; a firewall may be in between",
            failure);
    }
}
