using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Inspection;

/// <summary>Asks SQLite whether a restored database is sound: fully while it is staged, and once more that it opens in its place.</summary>
internal class DatabaseVerification
{
    private const int MostMessages = 10;

    /// <summary>
    /// PRAGMA integrity_check over the whole file; what is wrong, none when it is sound. No journal files are left behind.
    /// </summary>
    internal virtual IReadOnlyList<string> CheckStaged(FilePath staged, CancellationToken cancellationToken)
    {
        using var checks = SqliteDatabaseChecks.Open(staged.ToString());
        return checks.IntegrityCheck(MostMessages, cancellationToken);
    }

    /// <summary>What was asked of the database when it was saved: foreign keys, expected tables, assertions; what does not hold.</summary>
    internal virtual IReadOnlyList<string> CheckContent(FilePath staged, DatabaseRecord? record, CancellationToken cancellationToken)
    {
        using var checks = SqliteDatabaseChecks.Open(staged.ToString(), record?.Name ?? staged.ToString());
        var wrong = new List<string>(DatabaseQuestions.ForeignKeys(checks, cancellationToken));
        if (record is null) return wrong;
        wrong.AddRange(DatabaseQuestions.ExpectedTables(checks, record, cancellationToken));
        foreach (var assertion in record.Assertions)
        {
            var problems = DatabaseQuestions.Assertion(checks, assertion, cancellationToken);
            wrong.AddRange(problems.Select(problem => $"{PrintableName.Escape(assertion)}: {problem}"));
        }

        return wrong;
    }

    /// <summary>
    /// That the database opens under its own name. It is the same inode whose every page was checked a moment ago, so what can be wrong now
    /// is only what lies beside it or on the way to it, and opening it and reading its schema finds that.
    /// </summary>
    internal virtual IReadOnlyList<string> CheckInPlace(FilePath database, InodeIdentity expected)
    {
        if (FileSystem.Status(database, followLinks: false).InodeIdentity != expected) return ["another file has taken its name"];
        try
        {
            using var checks = SqliteDatabaseChecks.Open(database.ToString());
            checks.Tables(CancellationToken.None);
            return [];
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            return [error.Message];
        }
    }
}
