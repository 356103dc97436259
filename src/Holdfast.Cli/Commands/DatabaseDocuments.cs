using Holdfast.Cli.Output;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Cli.Commands;

internal static class DatabaseDocuments
{
    internal static DatabaseDocument Of(DatabaseRecord database) => new(
        database.Name, database.Path, database.JournalMode, database.Pages, database.PageSize, database.Tables, database.Damage, database.Missing);
}
