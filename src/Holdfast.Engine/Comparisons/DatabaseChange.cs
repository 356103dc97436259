namespace Holdfast.Engine.Comparisons;

/// <summary>A database that two snapshots have, or one of them, as their records tell it.</summary>
/// <param name="Name">Its name, the newer one where they differ.</param>
/// <param name="OldBytes">Its size in the older snapshot; null when it is not in there.</param>
/// <param name="NewBytes">Its size in the newer snapshot; null when it is not in there.</param>
/// <param name="Tables">The tables that differ, by name.</param>
/// <param name="SameTables">How many tables have as many rows as before.</param>
public sealed record DatabaseChange(string Name, long? OldBytes, long? NewBytes, IReadOnlyList<TableChange> Tables, int SameTables)
{
    /// <summary>No row count differs; the rows may.</summary>
    public bool IsSameInNumbers => OldBytes == NewBytes && Tables.Count == 0;
}

/// <summary>A table and its rows.</summary>
/// <param name="Name">The table.</param>
/// <param name="OldRows">Null when it was added.</param>
/// <param name="NewRows">Null when it was removed.</param>
public sealed record TableChange(string Name, long? OldRows, long? NewRows);
