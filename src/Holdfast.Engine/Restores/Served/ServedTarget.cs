using Holdfast.Engine.Databases;

namespace Holdfast.Engine.Restores.Served;

/// <summary>A database of a server that a restore of its application brings back, or takes away.</summary>
/// <param name="Name">As the manifest names it.</param>
/// <param name="Address">Where the manifest says that it is.</param>
/// <param name="Item">What it will be; null when it was not there before what is rolled back, and goes away.</param>
public sealed record ServedTarget(string Name, PostgresAddress Address, ServedItem? Item);
