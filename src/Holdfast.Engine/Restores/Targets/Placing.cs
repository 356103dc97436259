using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Targets;

/// <summary>Gives finished files their names.</summary>
internal static class Placing
{
    /// <summary>Renames; fails when the name is taken, also on file systems whose rename cannot refuse by itself.</summary>
    internal static void MoveWithoutReplacing(FilePath from, FilePath to)
    {
        try
        {
            FileExchange.MoveWithoutReplacing(from, to);
        }
        catch (HoldfastException error) when (FileFailure.ErrnoOf(error) is Errno.Invalid or Errno.NotImplemented or Errno.NotSupported)
        {
            if (FileSystem.Exists(to)) throw FileFailure.From(Errno.Exists, "create", to);
            FileSystem.Rename(from, to);
        }
    }
}
