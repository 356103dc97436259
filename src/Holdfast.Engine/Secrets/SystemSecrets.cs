using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Secrets;

/// <summary>Fetches secrets from the machine that this process runs on.</summary>
public static class SystemSecrets
{
    /// <param name="time">The clock of the time a command may take.</param>
    public static PassphraseReader Reader(TimeProvider time) => Reader(PassphrasePurpose.Repository, time);

    /// <param name="purpose">What the passphrase is for.</param>
    /// <param name="time">The clock of the time a command may take.</param>
    public static PassphraseReader Reader(PassphrasePurpose purpose, TimeProvider time) =>
        new(Access(new ChildProcess(time), purpose), time) { Purpose = purpose };

    private static SecretAccess Access(ChildProcess processes, PassphrasePurpose purpose) => new()
    {
        ReadVariable = Environment.GetEnvironmentVariable,
        ReadFile = (path, cancellationToken) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(ReadFile(path, purpose));
        },
        RunCommand = (arguments, cancellationToken) => RunAsync(processes, arguments, cancellationToken),
    };

    private static SecretFileContent ReadFile(string text, PassphrasePurpose purpose)
    {
        var path = FilePath.From(text);
        var status = FileSystem.TryStatus(path, followLinks: true)
            ?? throw new HoldfastException(
                FailureKind.Usage,
                $"there is no passphrase file at {Quoted.Text(text)}",
                purpose.LostFileHint);
        return status.IsDirectory
            ? throw new HoldfastException(
                FailureKind.Usage, $"the passphrase file {Quoted.Text(text)} is a directory", "name the file in it")
            : new SecretFileContent(FileSystem.ReadAllBytes(path, PassphraseReader.LargestSize + 2), ModeOf(status));
    }

    // A pipe, such as a shell's <(…), is nobody else's to read whatever its mode says.
    private static UnixFileMode ModeOf(FileStatus status) => status.IsFile ? (UnixFileMode)(status.Mode & FilePermissions.AllMask) : UnixFileMode.None;

    private static async Task<CommandOutput> RunAsync(
        ChildProcess processes, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var options = new ChildProcessOptions
        {
            Program = arguments[0],
            Arguments = [.. arguments.Skip(1)],
            // It is to fetch a secret, not to be given one.
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOLDFAST_PASSPHRASE"] = null },
            OutputLimit = PassphraseReader.LargestSize + 3,
        };
        var result = await processes.RunAsync(options, cancellationToken);
        return result.OutputWasCut
            ? throw new HoldfastException(
                FailureKind.Failed,
                $"the passphrase command {Quoted.Text(arguments[0])} printed more than a passphrase, or left a program running",
                "it must print the passphrase, and end")
            : new CommandOutput(result.ExitCode, result.Output.ToArray());
    }
}
