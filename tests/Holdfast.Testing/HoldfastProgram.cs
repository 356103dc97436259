namespace Holdfast.Testing;

/// <summary>The real command line program, with a state folder of its own. Disposing it removes that folder.</summary>
public sealed class HoldfastProgram : IDisposable
{
    private readonly TempDirectory _state = new();
    private readonly Dictionary<string, string?> _environment;

    /// <param name="repository">Default repository, or null when the test names it.</param>
    /// <param name="passphrase">Passphrase given through the environment, or null for none.</param>
    public HoldfastProgram(string? repository = null, string? passphrase = "correct horse battery staple")
    {
        _environment = new(StringComparer.Ordinal)
        {
            ["HOLDFAST_PASSPHRASE"] = passphrase,
            ["HOLDFAST_REPOSITORY"] = repository,
            ["HOLDFAST_STATE"] = _state.Path,
            ["HOLDFAST_INVOKED_AS"] = null,
            ["TERM"] = "dumb",
            ["NO_COLOR"] = "1",
            ["COLUMNS"] = null,
            ["DOTNET_NOLOGO"] = "1",
        };
    }

    /// <summary>The folder of its local state ($HOLDFAST_STATE).</summary>
    public string State => _state.Path;

    /// <summary>The compiled program that these tests were built with.</summary>
    public static string Library { get; } = FindLibrary();

    /// <summary>The program and its first argument, for tests that run it below another one, such as strace.</summary>
    public static IReadOnlyList<string> Command { get; } = [Environment.ProcessPath is { } path && IsDotnet(path) ? path : "dotnet", Library];

    /// <summary>What is set in its environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Variables => _environment;

    /// <summary>The same with one variable more, changed or (null) removed.</summary>
    public HoldfastProgram With(string variable, string? value)
    {
        _environment[variable] = value;
        return this;
    }

    /// <summary>Runs it and expects exit code 0.</summary>
    public async Task<ProgramResult> RunAsync(params string[] arguments) => (await TryRunAsync(arguments)).Expect(0);

    /// <summary>Runs it and takes any exit code.</summary>
    public Task<ProgramResult> TryRunAsync(params string[] arguments) => TryRunInAsync(null, arguments);

    /// <summary>Runs it in a working directory and takes any exit code.</summary>
    public Task<ProgramResult> TryRunInAsync(string? workingDirectory, params string[] arguments) =>
        RunningProcess.RunAsync(Command[0], [.. Command.Skip(1), .. arguments], _environment, workingDirectory);

    /// <summary>Starts it, for tests that kill it or run two at once.</summary>
    public RunningProcess Start(params string[] arguments) =>
        RunningProcess.Start(Command[0], [.. Command.Skip(1), .. arguments], _environment);

    public void Dispose() => _state.Dispose();

    private static bool IsDotnet(string path) => string.Equals(Path.GetFileName(path), "dotnet", StringComparison.Ordinal);

    /// <summary>As it is built and started by its launcher, of the same configuration as the tests; not the copy beside them, which is not precompiled.</summary>
    private static string FindLibrary()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var built = Path.Combine(directory.FullName, "src", "Holdfast.Cli", "bin", configuration, "net10.0", "holdfast.dll");
            if (File.Exists(built)) return built;
        }

        throw new InvalidOperationException("holdfast.dll is not built");
    }
}
