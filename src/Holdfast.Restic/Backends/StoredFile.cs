namespace Holdfast.Restic.Backends;

/// <summary>A file that a backend lists, with its size in bytes.</summary>
public readonly record struct StoredFile(FileHandle Handle, long Size);
