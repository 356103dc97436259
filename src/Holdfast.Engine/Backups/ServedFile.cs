using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Backups;

/// <summary>A file that exists in the snapshot only.</summary>
/// <param name="Name">In the folder of its database; with slashes where it is in a folder there.</param>
/// <param name="Content">The blobs in order.</param>
/// <param name="Size">Bytes.</param>
internal sealed record ServedFile(string Name, IReadOnlyList<Id> Content, long Size)
{
    public uint Permissions { get; init; } = FilePermissions.PrivateFile;

    /// <summary>Null for the moment of the backup.</summary>
    public Timestamp? ModifiedAt { get; init; }
}

/// <summary>A folder in the folder of a database.</summary>
/// <param name="Name">As that of files.</param>
/// <param name="ModifiedAt">Null for what is in no file system.</param>
internal sealed record ServedFolder(string Name, Timestamp? ModifiedAt);

/// <summary>What saving a database of a server came to.</summary>
internal sealed record ArchivedServedDatabase(IReadOnlyList<ServedFile> Files, DatabaseRecord Record)
{
    /// <summary>Those that are to be there also when they are empty.</summary>
    public IReadOnlyList<ServedFolder> Folders { get; init; } = [];
}
