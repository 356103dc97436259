namespace Holdfast.Cli.Output;

/// <summary>What dump --output prints.</summary>
internal sealed record DumpDocument(string SnapshotId, string Path, string Output, bool Archive, long Files, long Bytes, IReadOnlyList<string> Notices);
