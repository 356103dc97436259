using System.Diagnostics;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

/// <summary>Runs a system command and gives what it printed.</summary>
internal static class SystemCommand
{
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
