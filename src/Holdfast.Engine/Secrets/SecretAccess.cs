namespace Holdfast.Engine.Secrets;

/// <summary>How secrets are fetched from the world outside; the rooms for files and processes stand behind it.</summary>
public sealed record SecretAccess
{
    /// <summary>The value of an environment variable; null when it is not set.</summary>
    public required Func<string, string?> ReadVariable { get; init; }

    /// <summary>
    /// The content and mode of a small file. Fails with a HoldfastException when it cannot be read; need not return more than
    /// <see cref="PassphraseReader.LargestSize"/> + 1 bytes.
    /// </summary>
    public required Func<string, CancellationToken, Task<SecretFileContent>> ReadFile { get; init; }

    /// <summary>
    /// Runs a program by its argument list, without a shell and with nothing to read on its input; it is killed when the
    /// token is cancelled. Fails with a HoldfastException when it cannot be started.
    /// </summary>
    public required Func<IReadOnlyList<string>, CancellationToken, Task<CommandOutput>> RunCommand { get; init; }
}

/// <param name="Content">Wiped by the receiver.</param>
public sealed record SecretFileContent(byte[] Content, UnixFileMode Mode);

/// <param name="StandardOutput">Wiped by the receiver.</param>
public sealed record CommandOutput(int ExitCode, byte[] StandardOutput);
