using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Initialization;

/// <summary>A key in a file and its recovery sheet beside it, both for the owner's eyes only. Either may be the last copy of what opens a repository.</summary>
internal static class KeyFiles
{
    internal static FilePath SheetOf(FilePath key) => key.WithSuffix(RecoverySheet.FileSuffix);

    /// <exception cref="HoldfastException">Usage: a key or a sheet is there, which is never overwritten.</exception>
    internal static void RefuseExisting(FilePath key)
    {
        if (FileSystem.Exists(key))
        {
            throw new HoldfastException(
                FailureKind.Usage, $"{key.Display} is there already, and it may be the key of a repository", "name it with --passphrase-file to use it, or move it away");
        }

        var sheet = SheetOf(key);
        if (!FileSystem.Exists(sheet)) return;
        throw new HoldfastException(
            FailureKind.Usage,
            $"{sheet.Display} is there already: it may hold the passphrase of a repository whose key file is missing",
            $"if so, type that passphrase into {key.Display}; otherwise move the sheet away");
    }

    /// <summary>Draws a passphrase; the key first, because a sheet without its key would be taken for one that is lost.</summary>
    internal static void Make(FilePath key, RecoverySheetOptions sheet)
    {
        RefuseExisting(key);
        using var passphrase = PassphraseGenerator.Generate();
        AtomicFile.Write(key, (byte[])[.. passphrase.Bytes, (byte)'\n']);
        AtomicFile.Write(SheetOf(key), Encoding.UTF8.GetBytes(RecoverySheet.Write(sheet, passphrase)));
    }
}
