using System.Globalization;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Inspection;

/// <summary>What a restored PostgreSQL database is asked; what is wrong in words that are harmless for terminals, none when all is right.</summary>
/// <param name="database">The restored one.</param>
/// <param name="record">What was recorded about it at backup time.</param>
internal sealed class PostgresQuestions(PostgresDatabaseChecks database, DatabaseRecord record)
{
    /// <summary>Whether it is what was saved.</summary>
    internal async Task<IReadOnlyList<string>> WholenessAsync(CancellationToken cancellationToken) =>
    [
        .. await ExtensionsAsync(cancellationToken).ConfigureAwait(false),
        .. await RowCountsAsync(cancellationToken).ConfigureAwait(false),
        .. await InvalidIndexesAsync(cancellationToken).ConfigureAwait(false),
    ];

    /// <summary>Whether it is what its owner expects of it.</summary>
    internal async Task<IReadOnlyList<string>> ExpectationsAsync(CancellationToken cancellationToken)
    {
        var wrong = new List<string>(await ExpectedTablesAsync(cancellationToken).ConfigureAwait(false));
        foreach (var assertion in record.Assertions)
            wrong.AddRange((await AssertionAsync(assertion, cancellationToken).ConfigureAwait(false)).Select(why => $"{PrintableName.Escape(assertion)}: {why}"));
        return wrong;
    }

    internal async Task<IReadOnlyList<string>> ExtensionsAsync(CancellationToken cancellationToken)
    {
        var there = await database.ExtensionsAsync(cancellationToken).ConfigureAwait(false);
        var missing = (record.Postgres?.Extensions ?? new Dictionary<string, string>()).Keys.Where(name => !there.ContainsKey(name));
        return [.. missing.Select(name => $"the extension {PrintableName.Escape(name)} is missing")];
    }

    internal async Task<IReadOnlyList<string>> ExpectedTablesAsync(CancellationToken cancellationToken)
    {
        var present = (await database.TablesAsync(cancellationToken).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        return [.. record.ExpectTables.Where(table => !present.Contains(table)).Select(table => $"the table {PrintableName.Escape(table)} is missing")];
    }

    internal async Task<IReadOnlyList<string>> RowCountsAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, long>(await database.RowCountsAsync(cancellationToken).ConfigureAwait(false), StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (var (table, rows) in record.Tables)
        {
            if (!found.Remove(table, out var count)) wrong.Add($"{PrintableName.Escape(table)} is missing");
            else if (count != rows)
                wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{PrintableName.Escape(table)} has {count} rows and had {rows} when it was saved"));
        }

        // A standby does not hold the rows of tables that are not logged, and they are not counted there.
        if (record.Postgres is not { Standby: true }) wrong.AddRange(found.Keys.Select(table => $"{PrintableName.Escape(table)} was not there when it was saved"));
        return wrong;
    }

    internal async Task<IReadOnlyList<string>> InvalidIndexesAsync(CancellationToken cancellationToken) =>
        [.. (await database.InvalidIndexesAsync(cancellationToken).ConfigureAwait(false)).Select(index => $"the index {PrintableName.Escape(index)} is not valid")];

    internal Task<IReadOnlyList<string>> AssertionAsync(string sql, CancellationToken cancellationToken) =>
        AssertionAsync(sql, DatabaseQuestions.LongestAssertion, cancellationToken);

    /// <param name="sql">The question.</param>
    /// <param name="limit">One that takes longer does not hold.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    internal async Task<IReadOnlyList<string>> AssertionAsync(string sql, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(limit);
        try
        {
            var result = await database.AssertAsync(sql, late.Token).ConfigureAwait(false);
            return result.Holds ? [] : [PrintableName.Escape(result.Detail ?? "it does not hold")];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return [string.Create(CultureInfo.InvariantCulture, $"it had no answer within {limit.TotalSeconds:0.###} s")];
        }
    }
}
