using System.Globalization;

namespace Holdfast.Testing.Postgres;

/// <summary>Debian's PostgreSQL, and the account it runs as: the server refuses to be root.</summary>
public static class PostgresInstallation
{
    /// <summary>The major version that the tests are written for.</summary>
    public const int Major = 15;

    /// <summary>Where its programs are, as Debian has them.</summary>
    public static string ProgramFolder => string.Create(CultureInfo.InvariantCulture, $"/usr/lib/postgresql/{Major}/bin");

    /// <summary>The path of one of its programs, or the test ends here.</summary>
    public static string Require(string program)
    {
        var path = Path.Combine(ProgramFolder, program);
        return File.Exists(path) ? path : RealComponent.Missing($"postgresql-{Major} is not installed: there is no {path}");
    }

    /// <summary>The account: Debian's package makes it. Somebody who is not root is it themselves.</summary>
    public static string Account => Environment.IsPrivilegedProcess ? "postgres" : Environment.UserName;

    /// <summary>A program and its arguments so that it runs as the account, without root's rights.</summary>
    public static IReadOnlyList<string> AsAccount(params string[] commandLine) => Environment.IsPrivilegedProcess
        ? [RealComponent.Require("setpriv"), $"--reuid={Account}", $"--regid={Account}", "--clear-groups", "--no-new-privs", .. commandLine]
        : commandLine;

    /// <summary>Runs a program as the account, in a folder that it may be in.</summary>
    public static Task<ProgramResult> RunAsync(params string[] commandLine)
    {
        var words = AsAccount(commandLine);
        return RunningProcess.RunAsync(words[0], words.Skip(1), workingDirectory: "/");
    }

    /// <summary>Makes a folder that belongs to the account.</summary>
    internal static async Task<string> MakeFolderAsync(string path)
    {
        Directory.CreateDirectory(path, (UnixFileMode)0x1C0);
        if (Environment.IsPrivilegedProcess) (await RunningProcess.RunAsync("chown", [$"{Account}:{Account}", path])).Expect(0);
        return path;
    }
}
