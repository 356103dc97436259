using System.Reflection;
using System.Runtime.InteropServices;
using Holdfast.Restic.Failures;
using SQLitePCL;

namespace Holdfast.Engine.Databases.Sqlite;

/// <summary>
/// The system's libsqlite3, loaded once for the process. The managed provider asks for "e_sqlite3"; it is given the
/// system's library, so that exactly one SQLite, the one that gets the distribution's security updates, lives in the process.
/// Two copies of SQLite in one process would drop each other's POSIX locks.
/// </summary>
internal static class SqliteLibrary
{
    /// <summary>The library's soname; it is the same on every current Linux distribution.</summary>
    public const string FileName = "libsqlite3.so.0";

    // Named sqlite_schema (3.33) and RETURNING (3.35) are used; the file controls are older.
    private const int OldestSupported = 3035000;

    private static readonly Lazy<string> Loaded = new(Load);

    /// <summary>The version of the loaded library, for example "3.40.1". Throws <see cref="HoldfastException"/> when there is none.</summary>
    public static string Version => Loaded.Value;

    /// <summary>Loads the library if that has not happened yet.</summary>
    public static void EnsureLoaded() => _ = Loaded.Value;

    private static string Load()
    {
        if (!NativeLibrary.TryLoad(FileName, out var library))
            throw new HoldfastException(
                FailureKind.Failed,
                $"the SQLite library {FileName} is not installed",
                "install it: apt install libsqlite3-0");

        NativeLibrary.SetDllImportResolver(
            typeof(SQLite3Provider_e_sqlite3).Assembly,
            (string name, Assembly _, DllImportSearchPath? _) => string.Equals(name, "e_sqlite3", StringComparison.Ordinal) ? library : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        raw.FreezeProvider();

        var version = raw.sqlite3_libversion().utf8_to_string();
        if (raw.sqlite3_libversion_number() < OldestSupported)
            throw new HoldfastException(
                FailureKind.Failed,
                $"the system's SQLite is {version}; 3.35 or newer is needed",
                "update the package libsqlite3-0");
        return version;
    }
}
