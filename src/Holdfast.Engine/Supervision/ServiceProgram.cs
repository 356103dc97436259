using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>Runs the programs that a manifest names for stopping, starting and asking an application.</summary>
internal sealed class ServiceProgram(ServiceSurroundings surroundings)
{
    private const int MostOutput = 64 * 1024;

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="HoldfastException">NotFound: no such program. Failed: not done in time.</exception>
    internal Task<ChildProcessResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellationToken) =>
        new ChildProcess(surroundings.Clock).RunAsync(
            new ChildProcessOptions
            {
                Program = Resolve(command[0]),
                Arguments = [.. command.Skip(1)],
                Environment = surroundings.Environment,
                WorkingDirectory = surroundings.Root.ToString(),
                OutputLimit = MostOutput,
                Timeout = timeout,
            },
            cancellationToken);

    /// <summary>Starts a program that goes its own way, its output in the log. What the log held before is dropped.</summary>
    internal DetachedProcess StartDetached(IReadOnlyList<string> command)
    {
        if (surroundings.Log is { } log) FileSystem.Remove(log);
        return DetachedProcess.Start(new DetachedProcessOptions
        {
            Program = Resolve(command[0]),
            Arguments = [.. command.Skip(1)],
            Environment = surroundings.Environment,
            WorkingDirectory = surroundings.Root,
            Output = surroundings.Log,
        });
    }

    /// <summary>What a program that was started said last, to stand behind a message; empty when nothing is known.</summary>
    internal string LogTail()
    {
        if (surroundings.Log is not { } log || !FileSystem.Exists(log)) return string.Empty;
        try
        {
            return OutputTail.InLine(System.Text.Encoding.UTF8.GetString(FileSystem.ReadAllBytes(log, MostOutput)));
        }
        catch (HoldfastException)
        {
            return $"; what it said is in \"{log.Display}\"";
        }
    }

    /// <summary>There is such a program, and the folder in which it would be run.</summary>
    internal bool IsThere(IReadOnlyList<string> command) =>
        FileSystem.TryStatus(surroundings.Root, followLinks: true) is { IsDirectory: true } && ProgramSearch.Find(command[0], surroundings.Root) is not null;

    internal static string Show(IReadOnlyList<string> command) => $"\"{PrintableName.Escape(string.Join(' ', command))}\"";

    // A path as it would be read in the application's root; a bare name is looked up in PATH.
    private string Resolve(string program) =>
        program.Contains('/', StringComparison.Ordinal) ? FilePath.Absolute(program, surroundings.Root).ToString() : program;
}
