using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Secrets;

namespace Holdfast.Cli.Commands;

/// <summary>Connects the reading of secrets with the rooms for files and processes.</summary>
internal static class LocalSecretAccess
{
    internal static SecretAccess Create(TimeProvider clock) => new()
    {
        ReadVariable = Environment.GetEnvironmentVariable,
        ReadFile = (path, _) => Task.FromResult(ReadFile(FilePath.From(path))),
        RunCommand = (arguments, cancellationToken) => RunAsync(clock, arguments, cancellationToken),
    };

    private static SecretFileContent ReadFile(FilePath path)
    {
        var status = FileSystem.Status(path, followLinks: true);
        return new SecretFileContent(FileSystem.ReadAllBytes(path, PassphraseReader.LargestSize + 1), (UnixFileMode)(status.Mode & 0xFFF));
    }

    private static async Task<CommandOutput> RunAsync(TimeProvider clock, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var result = await new ChildProcess(clock).RunAsync(
            new ChildProcessOptions { Program = arguments[0], Arguments = [.. arguments.Skip(1)], OutputLimit = PassphraseReader.LargestSize + 2 },
            cancellationToken);
        return new CommandOutput(result.ExitCode, result.Output.ToArray(), result.ErrorText);
    }
}
