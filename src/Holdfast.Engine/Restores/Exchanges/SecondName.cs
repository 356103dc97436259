using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>Gives files second names (hard links), where the file system and its rules allow it.</summary>
/// <param name="isAllowed">False does as on a file system without hard links.</param>
internal sealed class SecondName(bool isAllowed)
{
    /// <summary>
    /// True when <paramref name="name"/> is another name of <paramref name="existing"/> now, or was already: made by a process that was
    /// killed right afterwards. False where that cannot be.
    /// </summary>
    /// <exception cref="HoldfastException">The name is taken by something else, or the disk is full.</exception>
    internal bool TryGive(FilePath existing, FilePath name)
    {
        if (!isAllowed) return false;
        try
        {
            NodeWriter.Link(existing, name);
            return true;
        }
        catch (HoldfastException error) when (FileFailure.ErrnoOf(error) == Errno.Exists && Identity(existing) == Identity(name))
        {
            return true;
        }
        catch (HoldfastException error) when (FileFailure.ErrnoOf(error)
            is Errno.NotPermitted or Errno.NotSupported or Errno.NotImplemented or Errno.TooManyLinks)
        {
            return false;
        }
    }

    /// <summary>
    /// Which file has the name. Old, new and kept are in one folder and so on one file system: the number of the device is left out, because it
    /// can be another one after a restart.
    /// </summary>
    internal static InodeIdentity? Identity(FilePath path) => FileSystem.TryStatus(path, followLinks: false)?.InodeIdentity;
}
