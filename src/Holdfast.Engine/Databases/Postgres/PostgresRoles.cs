using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>
/// Makes the roles of a server again on another one that has none: from what pg_dumpall wrote, with their rights and memberships, and without their passwords.
/// Settings of roles and tablespaces are left out.
/// </summary>
public sealed partial class PostgresRoles(PostgresMaintenance server)
{
    /// <param name="globals">SQL of pg_dumpall in UTF-8.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What could not be made, one sentence each, harmless for terminals.</returns>
    public async Task<IReadOnlyList<string>> MakeAsync(ReadOnlyMemory<byte> globals, CancellationToken cancellationToken)
    {
        var wrong = new List<string>();
        foreach (var statement in SqlStatements.In(Encoding.UTF8.GetString(globals.Span)).Where(statement => OfRoles().IsMatch(statement)))
        {
            try
            {
                await server.ExecuteAsync(Password().Replace(statement, string.Empty), cancellationToken).ConfigureAwait(false);
            }
            catch (HoldfastException error) when (error.Kind is not (FailureKind.Unavailable or FailureKind.NoSpace))
            {
                wrong.Add(error.Message);
            }
        }

        return wrong;
    }

    [GeneratedRegex(@"^(CREATE ROLE |ALTER ROLE (""([^""]|"""")*""|[^ ""]+) WITH |GRANT )", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OfRoles();

    // At its place behind the rights, where no name can be.
    [GeneratedRegex(@"(?<=(NO)?BYPASSRLS( CONNECTION LIMIT [0-9]+)?) PASSWORD '([^']|'')*'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Password();
}
