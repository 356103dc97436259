using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Inspection;

/// <summary>What a restored database is asked beyond its integrity; what is wrong in words that are harmless for terminals, none when all is right.</summary>
internal static class DatabaseQuestions
{
    /// <summary>An assertion may have come with an archive of somebody else and have no end.</summary>
    internal static readonly TimeSpan LongestAssertion = TimeSpan.FromMinutes(5);

    internal static IReadOnlyList<string> ForeignKeys(SqliteDatabaseChecks database, CancellationToken cancellationToken) =>
        [.. database.ForeignKeyCheck(cancellationToken).Select(Describe)];

    internal static IReadOnlyList<string> ExpectedTables(SqliteDatabaseChecks database, DatabaseRecord record, CancellationToken cancellationToken)
    {
        // SQLite's names do not tell upper from lower case.
        var present = database.Tables(cancellationToken).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var missing = record.ExpectTables.Where(table => !present.Contains(table));
        return [.. missing.Select(table => $"the table {PrintableName.Escape(table)} is missing")];
    }

    internal static IReadOnlyList<string> Assertion(SqliteDatabaseChecks database, string sql, CancellationToken cancellationToken) =>
        Assertion(database, sql, LongestAssertion, cancellationToken);

    /// <param name="database">What is asked.</param>
    /// <param name="sql">The question, which may have come with an archive of somebody else and have no end.</param>
    /// <param name="limit">One that takes longer does not hold.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    internal static IReadOnlyList<string> Assertion(SqliteDatabaseChecks database, string sql, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(limit);
        try
        {
            var result = database.Assert(sql, late.Token);
            return result.Holds ? [] : [PrintableName.Escape(result.Detail ?? "it does not hold")];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [$"it had no answer within {limit.TotalSeconds:0.###} s"];
        }
    }

    private static string Describe(ForeignKeyViolations violations) =>
        $"{violations.Rows} rows of {PrintableName.Escape(violations.Table)} refer to rows of "
        + $"{PrintableName.Escape(violations.Parent)} that do not exist";
}
