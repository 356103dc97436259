using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Bench.Peers;

/// <summary>What to run: a program, its arguments, its directory, and variables on top of this process's.</summary>
internal sealed record ProgramRun(string Program, IReadOnlyList<string> Arguments, string Directory, IReadOnlyDictionary<string, string> Variables);

/// <summary>Runs programs, below GNU time when they are measured.</summary>
internal static class MeasuredProgram
{
    /// <summary>Runs it to its end; fails with all that it said when its exit code is not 0.</summary>
    public static async Task<Measurement> MeasureAsync(ProgramRun run)
    {
        var report = Path.GetTempFileName();
        try
        {
            string[] measured = ["-q", "-f", "%M %U %S", "-o", report, run.Program, .. run.Arguments];
            var started = Stopwatch.GetTimestamp();
            await RunAsync(run with { Program = "/usr/bin/time", Arguments = measured });
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var numbers = (await File.ReadAllTextAsync(report)).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            return new(seconds, (long)numbers[0] * 1024, numbers[1] + numbers[2]);
        }
        finally
        {
            File.Delete(report);
        }
    }

    /// <summary>Runs it to its end and returns what it wrote to standard output.</summary>
    public static async Task<string> RunAsync(ProgramRun run)
    {
        var start = new ProcessStartInfo(run.Program, run.Arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = run.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in run.Variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new IOException($"{run.Program} {string.Join(' ', run.Arguments)} ended with {process.ExitCode}\n{await output}\n{await error}");
        return await output;
    }

    /// <summary>What a program says on its first line, for versions and the like; null when it is missing or fails.</summary>
    public static async Task<string?> FirstLineAsync(string program, params string[] arguments)
    {
        try
        {
            var output = await RunAsync(new(program, arguments, "/", new Dictionary<string, string>(StringComparer.Ordinal)));
            return output.Split('\n')[0].Trim();
        }
        catch (Exception missing) when (missing is IOException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
