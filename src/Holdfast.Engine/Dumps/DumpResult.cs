namespace Holdfast.Engine.Dumps;

/// <summary>What was taken out.</summary>
/// <param name="IsArchive">A folder, as a tar archive.</param>
/// <param name="Files">Files in it.</param>
/// <param name="Bytes">Bytes of their content.</param>
/// <param name="Notices">What is not in the archive because none can hold it, and what the user should know.</param>
public sealed record DumpResult(bool IsArchive, long Files, long Bytes, IReadOnlyList<string> Notices);
