using Holdfast.Engine.Files;

namespace Holdfast.Engine.Restores;

/// <summary>An item and the temporary name beside its destination under which it is made.</summary>
internal sealed record StagedFile(RestoreItem Item, FilePath Path)
{
    /// <summary>A file that may have some of its content already, at the same places; null when nothing is to be reused.</summary>
    internal FilePath? Present { get; init; }
}
