using System.Globalization;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Databases.Postgres.Clusters;

/// <summary>How a cluster is made and run that nobody else shall reach and that nobody will miss.</summary>
internal static class ClusterSettings
{
    /// <summary>The number in the name of its socket. It listens on no real port.</summary>
    internal const int Port = 5432;

    /// <summary>The version from which on a server notices a client that is gone while it works for it.</summary>
    private const int NoticesClientsSince = 14;

    private static readonly string[] _kept = ["PATH", "TZ", "LD_LIBRARY_PATH"];

    /// <summary>The arguments of initdb.</summary>
    internal static IEnumerable<string> Initdb(FilePath folder, string superuser) =>
    [
        "--pgdata", folder.ToString(), "--username", superuser, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync",
        // Small segments of WAL, or an empty cluster takes forty megabytes.
        "--wal-segsize=1",
    ];

    /// <summary>The arguments of postgres: no network, little memory, and no care for what survives a crash.</summary>
    internal static IEnumerable<string> Server(int major, FilePath folder, FilePath socketFolder, IEnumerable<string> more)
    {
        string[] settings =
        [
            "listen_addresses=", $"unix_socket_directories={Listed(socketFolder)}", "unix_socket_permissions=0700",
            "shared_buffers=32MB", "maintenance_work_mem=64MB", "max_connections=10", "huge_pages=off", "jit=off",
            // In the data directory, so that nothing stays in /dev/shm.
            "dynamic_shared_memory_type=mmap",
            "fsync=off", "full_page_writes=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=64MB",
            "logging_collector=off", "log_destination=stderr", "log_statement=none", "lc_messages=C",
            .. major >= NoticesClientsSince ? ["client_connection_check_interval=5s"] : Array.Empty<string>(),
            .. more,
        ];
        return ["-D", folder.ToString(), "-p", Port.ToString(CultureInfo.InvariantCulture), .. settings.SelectMany(setting => new[] { "-c", setting })];
    }

    /// <summary>A dump may run programs in the server, and what this process knows by its environment is not for them.</summary>
    internal static Dictionary<string, string?> Environment()
    {
        var variables = System.Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => !_kept.Contains(name, StringComparer.Ordinal))
            .ToDictionary(name => name, _ => (string?)null, StringComparer.Ordinal);
        variables["LC_ALL"] = "C";
        return variables;
    }

    // The setting is a list, in which names with commas or blanks are quoted.
    private static string Listed(FilePath folder) => "\"" + folder.ToString().Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
