using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Inspection;

/// <summary>What a restored database is asked beyond its integrity; what is wrong in words that are harmless for terminals, none when all is right.</summary>
internal static class DatabaseQuestions
{
    internal static IReadOnlyList<string> ForeignKeys(SqliteDatabaseChecks database, CancellationToken cancellationToken) =>
        [.. database.ForeignKeyCheck(cancellationToken).Select(Describe)];

    internal static IReadOnlyList<string> ExpectedTables(SqliteDatabaseChecks database, DatabaseRecord record, CancellationToken cancellationToken)
    {
        // SQLite's names do not tell upper from lower case.
        var present = database.Tables(cancellationToken).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var missing = record.ExpectTables.Where(table => !present.Contains(table));
        return [.. missing.Select(table => $"the table {PrintableName.Escape(table)} is missing")];
    }

    internal static IReadOnlyList<string> Assertion(SqliteDatabaseChecks database, string sql, CancellationToken cancellationToken)
    {
        var result = database.Assert(sql, cancellationToken);
        return result.Holds ? [] : [PrintableName.Escape(result.Detail ?? "it does not hold")];
    }

    private static string Describe(ForeignKeyViolations violations) =>
        $"{violations.Rows} rows of {PrintableName.Escape(violations.Table)} refer to rows of "
        + $"{PrintableName.Escape(violations.Parent)} that do not exist";
}
