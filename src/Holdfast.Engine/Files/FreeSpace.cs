namespace Holdfast.Engine.Files;

/// <summary>How much room a file system has.</summary>
public static class FreeSpace
{
    /// <summary>
    /// Bytes this user can still write where <paramref name="path"/> is or would be: its nearest existing parent is asked. Quotas are
    /// not seen.
    /// </summary>
    public static ulong At(FilePath path)
    {
        var place = FileSystemIdentity.NearestExisting(path);
        if (LibC.FileSystemStatus(place.Terminated, out var buffer) != 0) FileFailure.Throw("ask for the free space at", place);
        return buffer.BlocksAvailable * buffer.FragmentSize;
    }
}
