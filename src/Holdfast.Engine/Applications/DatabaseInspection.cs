using System.Globalization;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Applications;

/// <summary>Whether the databases are there, are databases, are each declared once, and hold now what a drill will want to see.</summary>
internal sealed class DatabaseInspection(ApplicationManifest application, FindingList findings)
{
    internal void Run(CancellationToken cancellationToken)
    {
        var names = new Dictionary<FileIdentity, DatabaseDeclaration>();
        foreach (var database in application.Databases)
        {
            string[] keys = ["databases", database.Name, "sqlite"];
            var path = FilePath.From(database.Path);
            if (findings.Ask(keys, () => FileSystem.TryStatus(path, followLinks: true) ?? default) is not { Inode: > 0 } status)
            {
                findings.Error(keys, $"{path.Display} does not exist", "correct the path; a backup would name it as missing and end with exit code 3");
            }
            else if (!status.IsFile)
            {
                findings.Error(keys, $"{path.Display} is not a file", "name the database's file");
            }
            else if (status.Size == 0)
            {
                findings.Error(keys, $"{path.Display} is empty: SQLite has not written a database yet", "start the application once, or correct the path");
            }
            else if (!names.TryAdd(status.Identity, database))
            {
                var first = names[status.Identity];
                findings.Error(
                    keys,
                    $"this is the same file as databases.{Quoted.Escape(first.Name, longest: 60)}.sqlite, {FilePath.From(first.Path).Display}, through a link",
                    "declare it once, under the name that the application uses");
            }
            else
            {
                CheckContent(database, keys, cancellationToken);
            }
        }
    }

    private void CheckContent(DatabaseDeclaration database, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        try
        {
            using var checks = SqliteDatabaseChecks.OpenLive(database.Path);
            var tables = checks.Tables(cancellationToken).ToHashSet(StringComparer.OrdinalIgnoreCase);
            for (var i = 0; i < database.ExpectTables.Count; i++)
            {
                if (!tables.Contains(database.ExpectTables[i])) CheckTable(database, i, tables);
            }

            for (var i = 0; i < database.Assertions.Count; i++)
            {
                if (checks.Assert(database.Assertions[i], cancellationToken) is { Holds: false, Detail: var detail })
                    findings.Error(Item(database, "assertions", i), $"this does not hold now: {detail}", "every drill would fail; correct the query or the data");
            }
        }
        catch (HoldfastException error)
        {
            findings.Error(keys, error.Message, error.Hint);
        }
    }

    private void CheckTable(DatabaseDeclaration database, int index, IReadOnlySet<string> tables)
    {
        var name = database.ExpectTables[index];
        var hint = Spelling.Nearest(name, tables) is { } nearest ? $"did you mean {Quoted.Text(nearest)}?" : "every drill would fail; correct or remove it";
        findings.Error(Item(database, "expect_tables", index), $"there is no table {Quoted.Text(name)} in it now", hint);
    }

    private static string[] Item(DatabaseDeclaration database, string list, int index) =>
        ["databases", database.Name, list, index.ToString(CultureInfo.InvariantCulture)];
}
