using System.Globalization;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Inspection;

namespace Holdfast.Engine.Drills;

/// <summary>Opens a restored database and puts the questions to it that make a proof.</summary>
internal sealed class DatabaseDrill(CheckList checks, CancellationToken cancellationToken)
{
    private const int MostMessages = 20;

    /// <param name="item">The restored database.</param>
    /// <param name="record">What was recorded about it at backup time; null for a snapshot without a record.</param>
    internal void Check(RestoreItem item, DatabaseRecord? record)
    {
        var subject = record is null ? item.Source.Display : PrintableName.Escape(record.Name);
        SqliteDatabaseChecks? database = null;
        checks.Run("integrity_check", subject, () =>
        {
            database = SqliteDatabaseChecks.Open(item.Destination.ToString(), record?.Name ?? item.Source.ToString());
            return [.. database.IntegrityCheck(MostMessages, cancellationToken).Select(PrintableName.Escape)];
        });
        if (database is null) return;
        using (database)
        {
            checks.Run("foreign_key_check", subject, () => DatabaseQuestions.ForeignKeys(database, cancellationToken));
            if (record is null) return;
            if (record.ExpectTables.Count > 0) checks.Run("expected_tables", subject, () => DatabaseQuestions.ExpectedTables(database, record, cancellationToken));
            foreach (var assertion in record.Assertions)
                checks.Run("assertion", $"{subject}: {PrintableName.Escape(assertion)}", () => DatabaseQuestions.Assertion(database, assertion, cancellationToken));
            checks.Run("row_counts", subject, () => CountDifferences(database, record), Figures(record));
        }
    }

    /// <summary>What a database holds.</summary>
    internal static string Figures(DatabaseRecord record) =>
        $"{HumanFormat.Count(record.Tables.Values.Sum(), "row", "rows")} in {HumanFormat.Count(record.Tables.Count, "table", "tables")}";

    private List<string> CountDifferences(SqliteDatabaseChecks database, DatabaseRecord record)
    {
        var found = database.RowCounts(cancellationToken).ToDictionary(table => table.Table, table => table.Rows, StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (var (table, rows) in record.Tables)
        {
            if (!found.Remove(table, out var count)) wrong.Add($"{PrintableName.Escape(table)} is missing");
            else if (count != rows)
            {
                wrong.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{PrintableName.Escape(table)} has {count} rows and had {rows} when it was saved"));
            }
        }

        wrong.AddRange(found.Keys.Select(table => $"{PrintableName.Escape(table)} was not there when it was saved"));
        return wrong;
    }
}
