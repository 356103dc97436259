namespace Holdfast.Testing;

/// <summary>The real restic, on one repository. It sees the passphrase through the environment and keeps no cache.</summary>
public sealed class ResticProgram
{
    private readonly string _program;
    private readonly string _repository;
    private readonly string _passphrase;
    private readonly string[] _settings;
    private readonly Dictionary<string, string?> _variables = new(StringComparer.Ordinal);

    private ResticProgram(string program, string repository, string passphrase, string[] settings)
    {
        _program = program;
        _repository = repository;
        _passphrase = passphrase;
        _settings = settings;
    }

    /// <summary>restic for a repository, or the test ends here because it is not installed.</summary>
    /// <param name="settings">Global options, given with every run.</param>
    public static ResticProgram On(string repository, string passphrase, params string[] settings) =>
        new(RealComponent.Require("restic"), repository, passphrase, settings);

    /// <summary>The same with a variable of its environment set, such as credentials of a server.</summary>
    public ResticProgram With(string variable, string value)
    {
        _variables[variable] = value;
        return this;
    }

    /// <summary>Runs it and expects exit code 0.</summary>
    public async Task<ProgramResult> RunAsync(params string[] arguments) => (await TryRunAsync(arguments)).Expect(0);

    /// <summary>Runs it and takes any exit code.</summary>
    public Task<ProgramResult> TryRunAsync(params string[] arguments) => TryRunInAsync(null, arguments);

    /// <summary>Runs it in a working directory and takes any exit code.</summary>
    public Task<ProgramResult> TryRunInAsync(string? workingDirectory, params string[] arguments) =>
        RunningProcess.RunAsync(_program, ["--no-cache", .. _settings, .. arguments], Environment(), workingDirectory);

    /// <summary>Starts it, for tests that need two programs at once.</summary>
    public RunningProcess Start(params string[] arguments) =>
        RunningProcess.Start(_program, ["--no-cache", .. _settings, .. arguments], Environment());

    private Dictionary<string, string?> Environment() => new(_variables, StringComparer.Ordinal)
    {
        ["RESTIC_REPOSITORY"] = _repository,
        ["RESTIC_PASSWORD"] = _passphrase,
        ["RESTIC_PASSWORD_FILE"] = null,
        ["RESTIC_PASSWORD_COMMAND"] = null,
        ["RESTIC_PROGRESS_FPS"] = null,
    };
}
