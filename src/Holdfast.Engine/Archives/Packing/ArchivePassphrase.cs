using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Archives.Packing;

/// <summary>Where the passphrase of encrypted archives comes from. There is no default.</summary>
public static class ArchivePassphrase
{
    public const string Variable = "HOLDFAST_ARCHIVE_PASSPHRASE";

    /// <summary>The name that backup scripts of some applications have used; taken when the other is not set.</summary>
    public const string SeedVariable = "DB_BACKUP_PASSPHRASE";

    /// <param name="given">What an option names; null for none.</param>
    /// <param name="declared">What the manifest names; null for none.</param>
    /// <param name="environment">Gives the value of a variable; null when it is not set.</param>
    /// <returns>The option's, else the environment's, else the manifest's; null when nobody says.</returns>
    public static PassphraseSource? Choose(PassphraseSource? given, PassphraseSource? declared, Func<string, string?> environment)
    {
        if (given is not null) return given;
        foreach (var name in (string[])[Variable, SeedVariable])
            if (!string.IsNullOrEmpty(environment(name))) return new PassphraseSource.EnvironmentVariable(name);
        return declared;
    }

    /// <summary>
    /// Whether a passphrase is needed to read an archive, told by its first bytes. Nobody is asked for the passphrase of one that has none, where it may
    /// not be at hand. False also for what is no readable file: opening it tells why.
    /// </summary>
    public static bool IsNeeded(FilePath archive)
    {
        if (FileSystem.TryStatus(archive, followLinks: true) is not { IsFile: true }) return false;
        var head = new byte[ArchiveMagic.EncryptedHeadSize];
        using var file = RegularFileStream.OpenRead(archive);
        return ArchiveMagic.IsEncrypted(head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
    }

    /// <exception cref="HoldfastException">Usage: there is none.</exception>
    internal static Passphrase Require(Passphrase? passphrase) => passphrase ?? throw new HoldfastException(
        FailureKind.Usage,
        "the archive is encrypted and no passphrase for it is given",
        $"set {Variable}, or give --archive-passphrase-file or --archive-passphrase-command");
}
