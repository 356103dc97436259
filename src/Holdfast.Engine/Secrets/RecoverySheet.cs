using System.Globalization;
using System.Text;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Secrets;

/// <summary>
/// The page that a person prints and keeps away from the machine: with it and stock restic the data comes back, without Holdfast.
/// </summary>
public static class RecoverySheet
{
    /// <summary>What the sheet of a key file is called after the key file's name.</summary>
    public const string FileSuffix = ".recovery-sheet.txt";

    // It is to stay a page.
    private const int MostDatabasesNamed = 20;

    /// <param name="passphrase">Stands in the text in full: that is what the sheet is for.</param>
    public static string Write(RecoverySheetOptions options, Passphrase passphrase)
    {
        var day = options.MadeAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return $"""
            RECOVERY SHEET FOR {Quoted.Escape(options.Application, longest: 100)}

            Made on {day}, on the machine {Quoted.Escape(options.HostName, longest: 100)}.
            Print this page, keep it away from that machine, and delete the file.
            Whoever has this page and the repository can read every backup. Without the
            passphrase nobody can, and nobody can make a new one.

            Application  {Quoted.Escape(options.Application, longest: 100)}{Folder(options)}
            Repository   {Quoted.Escape(options.RepositoryPath, longest: 4096)}
            Passphrase   {Encoding.UTF8.GetString(passphrase.Bytes)}

            HOW TO GET EVERYTHING BACK

            The repository has the restic format. Holdfast is not needed: any machine with
            restic 0.14 or later can read it (Debian, Ubuntu: apt install restic).
            If the repository is at another place now, put that place into the first line.

            {string.Join('\n', Commands(options).Select(command => "    " + command))}

            restic asks for the passphrase. The second command lists the backups with their
            times, the newest last. Take the ID of the newest one for the third, which restores
            it below the folder /tmp/recovered: but none with holdfast-safety among its tags,
            which is the state before a restore and may hold a part only (for that reason not
            'latest'), and better none with incomplete, imported or
            holdfast-suspicious.
            The last command reads the whole repository and says whether it is sound.

            HOW THE DATABASES LIE INSIDE

            Each at its own path, as one ordinary, complete SQLite file without -wal,
            -shm and -journal{(options.Databases.Count == 0 ? "." : ":")}
            {string.Concat(options.Databases.Take(MostDatabasesNamed).Select(database => $"\n    {Quoted.Escape(database, longest: 300)}"))}{More(options)}

            Look at a restored one with:

                sqlite3 FILE 'pragma integrity_check'

            The file .holdfast/snapshot.json says how many rows each table had.

            WITH HOLDFAST, ONTO A NEW MACHINE (docs/guide/new-machine.md)

            Bring the repository back to the place above: mount its disk, or copy it there.
            The key file is never inside a backup: make it again. In the application's folder:

            {string.Join('\n', HoldfastCommands(options).Select(command => "    " + command))}

            The first one waits for the passphrase, Enter and Ctrl-D. Afterwards run
            'holdfast backup' and 'holdfast drill'. Never run 'holdfast init' because a key
            or a disk is missing: it would make another key, which opens nothing.

            BY HAND

            Before you put a database in the place of an old one, stop the application and
            delete the old FILE-wal, FILE-shm and FILE-journal: left there, they would damage it.

            """;
    }

    private static string Folder(RecoverySheetOptions options) =>
        options.Folder is { } folder ? $", in {Quoted.Escape(folder, longest: 4096)}" : string.Empty;

    private static string More(RecoverySheetOptions options) =>
        options.Databases.Count > MostDatabasesNamed ? $"\n    and {options.Databases.Count - MostDatabasesNamed} more" : string.Empty;

    /// <summary>The commands that the sheet gives, for a POSIX shell.</summary>
    internal static IReadOnlyList<string> Commands(RecoverySheetOptions options) =>
    [
        $"export RESTIC_REPOSITORY={ShellWord(options.RepositoryPath)}",
        "restic snapshots",
        "restic restore ID --target /tmp/recovered",
        "restic check --read-data",
    ];

    /// <summary>The commands for a new machine; the first waits for the passphrase and the end of the input.</summary>
    internal static IReadOnlyList<string> HoldfastCommands(RecoverySheetOptions options) =>
    [
        "(umask 077; cat > holdfast.key)",
        $"export HOLDFAST_REPOSITORY={ShellWord(options.RepositoryPath)}",
        "holdfast restore latest --passphrase-file holdfast.key",
    ];

    private static string ShellWord(string text) => "'" + text.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
}

/// <param name="RepositoryPath">Absolute.</param>
public sealed record RecoverySheetOptions(string Application, string RepositoryPath, string HostName, DateTimeOffset MadeAt)
{
    /// <summary>The application's folder, absolute; null when there is none.</summary>
    public string? Folder { get; init; }

    /// <summary>The absolute paths of the databases, as far as they are known.</summary>
    public IReadOnlyList<string> Databases { get; init; } = [];
}
