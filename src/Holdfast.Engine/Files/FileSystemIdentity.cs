namespace Holdfast.Engine.Files;

/// <summary>Which file system something is on: a rename works only within one.</summary>
/// <param name="Device">st_dev.</param>
public readonly record struct FileSystemIdentity(ulong Device)
{
    /// <summary>The file system where <paramref name="path"/> is or would be.</summary>
    public static FileSystemIdentity Of(FilePath path) => new(FileSystem.Status(NearestExisting(path), followLinks: true).DeviceId);

    /// <summary>The path itself or the first directory above it that exists.</summary>
    internal static FilePath NearestExisting(FilePath path)
    {
        for (var place = path; ; place = place.Parent ?? FilePath.From("."))
            if (place.IsRoot || place.Span.SequenceEqual("."u8) || FileSystem.TryStatus(place, followLinks: true) is not null)
                return place;
    }
}
