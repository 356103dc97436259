using Holdfast.Engine.Files;

namespace Holdfast.Engine.Restores;

/// <summary>An item and the temporary name beside its destination under which it is made.</summary>
internal sealed record StagedFile(RestoreItem Item, FilePath Path);
