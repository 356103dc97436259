namespace Holdfast.Restic.Format;

/// <summary>
/// What identifies a blob. The same 32 bytes may legally name a data blob and a tree blob, so every map is keyed by the pair (section 1).
/// </summary>
public readonly record struct BlobHandle(BlobType Type, Id Id)
{
    public override string ToString() => $"{(Type == BlobType.Tree ? "tree" : "data")} {Id}";
}
