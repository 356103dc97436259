using System.ComponentModel;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Files;

/// <summary>Renames that either swap two names or refuse to replace one, each in one atomic step (renameat2(2)).</summary>
public static class FileExchange
{
    /// <summary>
    /// Swaps what two existing names of one file system stand for. Durable after <see cref="DirectorySync"/> of their directories.
    /// </summary>
    /// <exception cref="HoldfastException">NotFound: one is absent. Failed: on different file systems, or the file system cannot
    /// exchange.</exception>
    public static void Exchange(FilePath first, FilePath second) => Rename(first, second, LibC.Exchange, "exchange", "with");

    /// <summary>Renames, and fails when <paramref name="to"/> exists.</summary>
    /// <exception cref="HoldfastException">Failed: the name is taken, or the file system cannot do this.</exception>
    public static void MoveWithoutReplacing(FilePath from, FilePath to) => Rename(from, to, LibC.NoReplace, "rename", "to");

    private static void Rename(FilePath from, FilePath to, uint flags, string operation, string preposition)
    {
        if (LibC.RenameAt2(LibC.CurrentDirectory, from.Terminated, LibC.CurrentDirectory, to.Terminated, flags) == 0) return;
        var errno = LibC.LastError;
        if (errno is not (Errno.Invalid or Errno.NotImplemented or Errno.NotSupported))
            throw FileFailure.From(errno, $"{operation} \"{from.Display}\" {preposition}", to);
        throw new HoldfastException(
            FailureKind.Failed,
            $"the file system of \"{to.Display}\" cannot {operation} files in one step",
            "use a directory on a file system that can, such as ext4, xfs or btrfs",
            new Win32Exception(errno));
    }
}
