namespace Holdfast.Engine.Databases;

/// <summary>How a database of a server is saved.</summary>
public enum ServedForm
{
    /// <summary>A dump of the one database.</summary>
    Logical,

    /// <summary>A base backup: the files of the whole cluster that the database is in.</summary>
    Physical,
}
