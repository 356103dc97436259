using System.Globalization;
using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases.Postgres.Clusters;

/// <summary>
/// A data directory that came out of a base backup, and what a server needs to run on it where nobody else shall reach it: none of its own settings,
/// which name other machines, folders and programs, and none of its rules who may connect.
/// </summary>
public sealed class RestoredDataDirectory
{
    /// <summary>With one of these a server follows another one instead of recovering (PostgreSQL's documentation, 27.3.5.1).</summary>
    internal static readonly IReadOnlyList<string> Signals = ["standby.signal", "recovery.signal"];

    private const string VersionFile = "PG_VERSION";
    private const string OwnSettings = "postgresql.auto.conf";
    private const int MostLines = 20;

    private readonly ScratchClusterOptions _options;
    private readonly IReadOnlyDictionary<string, string> _control;

    private RestoredDataDirectory(ScratchClusterOptions options, string superuser, IReadOnlyDictionary<string, string> control) =>
        (_options, Superuser, _control) = (options, superuser, control);

    /// <summary>Who connects.</summary>
    public string Superuser { get; }

    /// <summary>The programs that this needs.</summary>
    public static void RequirePrograms(PostgresTools tools, int major)
    {
        foreach (var program in (string[])["postgres", "pg_ctl", "pg_verifybackup", "pg_waldump", "pg_controldata"]) _ = tools.RequireExactly(program, major);
    }

    /// <summary>Asks pg_verifybackup for the sums of all files and the WAL. The folder is the account's then.</summary>
    /// <returns>What is wrong, in words that are harmless for terminals; none when all is right.</returns>
    public static async Task<IReadOnlyList<string>> VerifyAsync(ScratchClusterOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        options.Account.TakeTree(options.Folder);
        if (VersionOf(options.DataDirectory) is var version && version != options.Major.ToString(CultureInfo.InvariantCulture))
            return [$"its files are of PostgreSQL {(version is null ? "no version" : Quoted.Escape(version, longest: 20))}, and it was recorded as {options.Major}"];
        var result = await options.RunAsync("pg_verifybackup", ["--quiet", options.DataDirectory.ToString()], clock, cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? [] : Lines(result, "pg_verifybackup");
    }

    /// <summary>Makes it ready to be started. Its settings are lost by that.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="superuser">Who connects.</param>
    /// <param name="clock">The clock of the programs.</param>
    /// <param name="cancellationToken">Ends them.</param>
    /// <exception cref="HoldfastException">Failed: it is no data directory, or a damaged one.</exception>
    public static async Task<RestoredDataDirectory> PrepareAsync(ScratchClusterOptions options, string superuser, TimeProvider clock, CancellationToken cancellationToken)
    {
        var result = await options.RunAsync("pg_controldata", [options.DataDirectory.ToString()], clock, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0) throw new HoldfastException(FailureKind.Failed, $"pg_controldata failed with exit code {result.ExitCode}{OutputTail.InLine(result)}");
        foreach (var name in Signals) _ = FileSystem.Remove(options.DataDirectory.Combine(name));
        _ = FileSystem.Remove(options.DataDirectory.Combine(OwnSettings));
        Write(options, "postgresql.conf", string.Empty);
        Write(options, "pg_ident.conf", string.Empty);
        // Over the socket in the private folder; it listens nowhere else.
        Write(options, "pg_hba.conf", "local all all trust\n");
        FileSystem.SetPermissions(options.DataDirectory, FilePermissions.PrivateDirectory);
        return new RestoredDataDirectory(options, superuser, Values(result.OutputText));
    }

    /// <summary>Compares the checksums of all pages after the server has ended in order.</summary>
    /// <inheritdoc cref="VerifyAsync"/>
    public static async Task<IReadOnlyList<string>> CheckPagesAsync(ScratchClusterOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var result = await options.RunAsync("pg_checksums", ["--check", "--pgdata", options.DataDirectory.ToString()], clock, cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? [] : Lines(result, "pg_checksums");
    }

    /// <summary>The version that a data directory says it is of; null when it says nothing.</summary>
    internal static string? VersionOf(FilePath directory)
    {
        const int Longest = 100;
        var file = directory.Combine(VersionFile);
        return FileSystem.TryStatus(file, followLinks: false) is { IsFile: true, Size: < Longest } ? FileSystem.ReadAllText(file, Longest).Trim() : null;
    }

    /// <summary>What the server is told on top of what every scratch cluster is.</summary>
    internal IEnumerable<string> Settings()
    {
        yield return $"config_file={File("postgresql.conf")}";
        yield return $"hba_file={File("pg_hba.conf")}";
        yield return $"ident_file={File("pg_ident.conf")}";
        // Tablespaces are where the backup has them: in folders of pg_tblspc.
        yield return "allow_in_place_tablespaces=on";
        yield return "hot_standby=off";
        yield return "archive_mode=off";
        yield return "ssl=off";
        // A subscription would take from its publisher what is meant for the real one.
        yield return "max_logical_replication_workers=0";
        yield return "max_worker_processes=0";
        yield return "autovacuum=off";
        // What was prepared and not yet committed needs its places.
        if (_control.TryGetValue("max_prepared_xacts setting", out var prepared)) yield return $"max_prepared_transactions={prepared}";
        if (_control.TryGetValue("max_locks_per_xact setting", out var locks)) yield return $"max_locks_per_transaction={locks}";
    }

    private FilePath File(string name) => _options.Folder.Combine(name);

    private static void Write(ScratchClusterOptions options, string name, string content)
    {
        var path = options.Folder.Combine(name);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(content));
        options.Account.Take(path);
    }

    private static IReadOnlyList<string> Lines(ChildProcessResult result, string program)
    {
        var said = (result.ErrorText.Trim().Length > 0 ? result.ErrorText : result.OutputText).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. said.Take(MostLines).Select(line => Quoted.Escape(line, longest: 300)).DefaultIfEmpty($"{program} ended with exit code {result.ExitCode}")];
    }

    // Lines such as "max_prepared_xacts setting:           0"; only numbers are asked for.
    private static Dictionary<string, string> Values(string output)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n'))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 && line[(colon + 1)..].Trim() is { Length: > 0 } value && value.All(char.IsAsciiDigit))
                values[line[..colon].Trim()] = value;
        }

        return values;
    }
}
