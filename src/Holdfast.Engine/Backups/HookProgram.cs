using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>Runs the programs that a manifest names around a backup: in the root, without a shell, without Holdfast's secrets.</summary>
internal sealed class HookProgram(BackupOptions options, TimeProvider clock)
{
    /// <summary>Runs one to its end, and wants exit code 0.</summary>
    /// <param name="key">Where it stands in the manifest, for messages.</param>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="variables">Set on top of the environment.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="HoldfastException">Failed: it is not there, failed or took too long; with the end of what it said.</exception>
    internal async Task RunAsync(
        string key, IReadOnlyList<string> words, IReadOnlyDictionary<string, string?> variables, CancellationToken cancellationToken)
    {
        var shown = $"{key} ({Quoted.Text(words[0])})";
        var result = await StartAsync(shown, words, variables, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == 0) return;
        throw new HoldfastException(
            FailureKind.Failed, $"{shown} failed with exit code {result.ExitCode}{OutputTail.InLines(result)}", "run it by hand in the root of the application to see what it lacks");
    }

    /// <summary>Runs one to its end; any exit code is a result.</summary>
    internal Task<ChildProcessResult> AskAsync(IReadOnlyList<string> words, TimeSpan timeout, CancellationToken cancellationToken) =>
        new ChildProcess(clock).RunAsync(Describe(words, timeout, new Dictionary<string, string?>(StringComparer.Ordinal)), cancellationToken);

    private async Task<ChildProcessResult> StartAsync(
        string shown, IReadOnlyList<string> words, IReadOnlyDictionary<string, string?> variables, CancellationToken cancellationToken)
    {
        try
        {
            return await new ChildProcess(clock).RunAsync(Describe(words, options.Around.Timeout, variables), cancellationToken).ConfigureAwait(false);
        }
        catch (HoldfastException error)
        {
            throw new HoldfastException(FailureKind.Failed, $"{shown} failed: {error.Message}", error.Hint, error);
        }
    }

    private ChildProcessOptions Describe(IReadOnlyList<string> words, TimeSpan timeout, IReadOnlyDictionary<string, string?> variables)
    {
        var root = options.Root ?? throw new InvalidOperationException("programs around a backup need a root to run in");
        var environment = new Dictionary<string, string?>(options.ProgramEnvironment, StringComparer.Ordinal);
        foreach (var (name, value) in variables) environment[name] = value;
        return new ChildProcessOptions
        {
            Program = ProgramSearch.Require(words[0], root).ToString(),
            Arguments = [.. words.Skip(1)],
            Environment = environment,
            WorkingDirectory = root.ToString(),
            Timeout = timeout,
        };
    }
}
