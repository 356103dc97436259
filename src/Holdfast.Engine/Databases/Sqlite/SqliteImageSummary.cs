namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>The number of rows of a table, counted on the pages of an image.</summary>
/// <param name="Table">The table's name as the schema has it; not fit for a terminal as it is.</param>
/// <param name="IsComplete">False when some page of the table is damaged, so that rows may be missing.</param>
public sealed record TableRows(string Table, long Rows, bool IsComplete);

/// <summary>A page of an image that is not what it should be.</summary>
/// <param name="Page">Counted from 1.</param>
/// <param name="Reason">What is wrong, in words for a person.</param>
/// <param name="Owner">The table or index that needs the page, as the schema names it; null when that is not known.</param>
public sealed record PageDamage(uint Page, string Reason, string? Owner);

/// <summary>
/// What streaming an image told about the database. Looked at: every page that the schema's b-trees and the list of free pages need;
/// not looked at: overflow chains, and whether the rows inside a page make sense. That is what a drill's integrity_check is for.
/// </summary>
/// <param name="SchemaVersion">The schema cookie (PRAGMA schema_version).</param>
/// <param name="UserVersion">PRAGMA user_version.</param>
/// <param name="Tables">Rows of every table in the order of the schema, without virtual tables.</param>
/// <param name="Damage">At most <see cref="MaximumDamage"/> entries.</param>
public sealed record SqliteImageSummary(
    int PageSize,
    uint PageCount,
    SqliteJournalMode JournalMode,
    uint SchemaVersion,
    int UserVersion,
    IReadOnlyList<TableRows> Tables,
    IReadOnlyList<PageDamage> Damage)
{
    /// <summary>How many damaged pages are named; a file of noise would name millions.</summary>
    public const int MaximumDamage = 1000;
}
