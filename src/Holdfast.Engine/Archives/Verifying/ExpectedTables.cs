using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Archives.Verifying;

/// <summary>Tables that a database must have, and an archive lacks.</summary>
public static class ExpectedTables
{
    /// <summary>One sentence each. What the archive says of its own day counts; an archive that says nothing is held to the manifest.</summary>
    public static IReadOnlyList<string> MissingIn(VerifiedArchive archive, IReadOnlyList<DatabaseDeclaration> declared)
    {
        var missing = new List<string>();
        foreach (var database in archive.Databases)
        {
            var expected = archive.Manifest?.Record?.Databases.FirstOrDefault(record => record.Path == database.Path)?.ExpectTables
                ?? (declared.FirstOrDefault(one => one.Path == database.Path) ?? (declared.Count == 1 ? declared[0] : null))?.ExpectTables
                ?? [];
            missing.AddRange(expected
                .Where(table => !database.Tables.Keys.Contains(table, StringComparer.OrdinalIgnoreCase))
                .Select(table => $"the table {Files.PrintableName.Escape(table)} is missing"));
        }

        return missing;
    }
}
