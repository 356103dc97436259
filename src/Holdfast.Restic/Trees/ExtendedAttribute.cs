namespace Holdfast.Restic.Trees;

/// <summary>An extended attribute of a file: its name and its raw value.</summary>
public sealed record ExtendedAttribute(string Name, ReadOnlyMemory<byte> Value);
