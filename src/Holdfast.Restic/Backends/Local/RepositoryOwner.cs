using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Restic.Backends.Local;

/// <summary>
/// Whom new files belong to. What root writes into another user's repository is given to that user, or one backup by root would lock the owner out.
/// For everybody else, and for root's own repositories, there is nothing to do.
/// </summary>
internal readonly record struct RepositoryOwner(uint Uid, uint Gid)
{
    private const uint Root = 0;

    /// <summary>The owner to give files to; null when they have the right one already.</summary>
    public static RepositoryOwner? Of(string directory) =>
        LibC.EffectiveUser() == Root && LibC.TryOwner(directory, out var uid, out var gid) && uid != Root ? new RepositoryOwner(uid, gid) : null;

    /// <exception cref="IOException">The owner cannot be set.</exception>
    public void GiveTo(SafeFileHandle file)
    {
        if (LibC.ChangeOwner(file, Uid, Gid) != 0) throw LastError();
    }

    /// <exception cref="IOException">The owner cannot be set.</exception>
    public void GiveTo(string directory)
    {
        if (LibC.ChangeOwnerOf(directory, Uid, Gid) != 0) throw LastError();
    }

    private static IOException LastError()
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }
}
