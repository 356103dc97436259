using System.Text;
using Holdfast.Engine.Manifest.Yaml;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Manifest.Drafting;

/// <summary>The databases of a draft, each with the tables that a drill shall find.</summary>
internal static class DatabaseDraft
{
    /// <summary>More tables than this are for a person to choose from: a list that nobody reads is wrong after the next migration.</summary>
    internal const int MostTablesExpected = 20;

    internal static void Append(StringBuilder draft, IReadOnlyList<DiscoveredDatabase> databases)
    {
        if (databases.Count == 0)
        {
            ManifestDraft.AppendExample(draft, "No SQLite database was found. One is added like this:", DraftExamples.Databases);
            return;
        }

        draft.Append("\n# Saved consistently while they are in use. A drill fails when a table of expect_tables is missing in the restored copy:\n");
        draft.Append("# remove those that may go.\ndatabases:\n");
        foreach (var database in databases)
        {
            draft.Append($"  {YamlQuoting.Scalar(database.Name)}:\n    sqlite: {ManifestDraft.Path(database.Path)}\n");
            AppendTables(draft, database.Tables);
        }

        var table = databases.SelectMany(database => database.Tables ?? []).FirstOrDefault(IsWord) ?? "users";
        draft.Append("    # What must be true of the data, as queries; a drill can prove that too:\n");
        draft.Append($"    # assertions: [\"select count(*) > 0 from {table}\"]\n");
    }

    private static void AppendTables(StringBuilder draft, IReadOnlyList<string>? tables)
    {
        var named = (tables ?? []).Where(table => table.Trim().Length > 0).ToList();
        if (named.Count == 0)
        {
            draft.Append(tables is null ? "    # Its tables could not be read now.\n" : "    # It has no tables yet.\n");
            draft.Append("    # expect_tables: [users]\n");
            return;
        }

        var mark = string.Empty;
        if (named.Count > MostTablesExpected)
        {
            draft.Append($"    # It has {named.Count} tables. Name those that must never be missing:\n");
            mark = "# ";
        }

        draft.Append($"    {mark}expect_tables:\n");
        foreach (var table in named.Take(MostTablesExpected)) draft.Append($"    {mark}  - {YamlQuoting.Scalar(table)}\n");
    }

    // Names that need no quotes in SQL, nor in YAML.
    private static bool IsWord(string table) => table.Length > 0 && char.IsAsciiLetter(table[0]) && table.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
}
