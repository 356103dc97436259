using System.Security.Cryptography;
using System.Text;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Secrets;

/// <summary>Fetches a passphrase from its source. No message ever holds any of it.</summary>
public sealed class PassphraseReader
{
    /// <summary>Bytes a passphrase may have; 64 KiB. More is a wrong file.</summary>
    public const int LargestSize = 64 * 1024;

    /// <summary>How long a command may take to print it.</summary>
    public static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(30);

    private const UnixFileMode OpenToOthers =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly SecretAccess _access;
    private readonly TimeProvider _time;

    public PassphraseReader(SecretAccess access, TimeProvider time)
    {
        _access = access;
        _time = time;
    }

    /// <summary>What the passphrase is for.</summary>
    public PassphrasePurpose Purpose { get; init; } = PassphrasePurpose.Repository;

    /// <exception cref="HoldfastException">
    /// Usage: the source is not there, empty or holds something else than a passphrase; Failed: the command failed or took too long.
    /// </exception>
    public async Task<PassphraseReading> ReadAsync(PassphraseSource source, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case PassphraseSource.EnvironmentVariable(var name):
                return FromVariable(name);
            case PassphraseSource.SecretFile(var path):
                return await FromFileAsync(path, cancellationToken);
            case PassphraseSource.Command(var arguments):
                return await FromCommandAsync(arguments, cancellationToken);
            case PassphraseSource.Literal(var bytes):
                return Finish(bytes.Span, "the passphrase", []);
            default:
                throw new ArgumentException("unknown kind of source", nameof(source));
        }
    }

    private PassphraseReading FromVariable(string name)
    {
        var shown = $"the environment variable {Quoted.Text(name)}";
        var value = _access.ReadVariable(name)
            ?? throw new HoldfastException(FailureKind.Usage, $"{shown} is not set", Purpose.UnsetHint);
        var bytes = Encoding.UTF8.GetBytes(value);
        try
        {
            return Finish(bytes, shown, []);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private async Task<PassphraseReading> FromFileAsync(string path, CancellationToken cancellationToken)
    {
        var shown = $"the passphrase file {Quoted.Text(path)}";
        var file = await _access.ReadFile(path, cancellationToken);
        try
        {
            var notices = new List<string>();
            if ((file.Mode & OpenToOthers) != UnixFileMode.None)
            {
                notices.Add($"{shown} can be read or changed by other users; make it private with: chmod 600");
            }

            return Finish(PassphraseText.Trim(file.Content, shown, notices), shown, notices);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(file.Content);
        }
    }

    private async Task<PassphraseReading> FromCommandAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        // Only the program's name: arguments may hold secrets.
        var shown = $"the passphrase command {Quoted.Text(arguments.Count > 0 ? arguments[0] : string.Empty)}";
        var output = await RunAsync(arguments, shown, cancellationToken);
        try
        {
            if (output.ExitCode != 0)
            {
                throw new HoldfastException(
                    FailureKind.Failed,
                    $"{shown} failed with exit code {output.ExitCode}",
                    "run the command by hand to see what it lacks; what it says is not repeated here, because it may hold the secret");
            }

            var notices = new List<string>();
            return Finish(PassphraseText.Trim(output.StandardOutput, shown, notices), shown, notices);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output.StandardOutput);
        }
    }

    private async Task<CommandOutput> RunAsync(IReadOnlyList<string> arguments, string shown, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(CommandTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await _access.RunCommand(arguments, either.Token);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HoldfastException(
                FailureKind.Failed,
                $"{shown} gave no answer within {CommandTimeout.TotalSeconds:0} seconds",
                "it must not ask questions; run it by hand to see what it waits for",
                exception);
        }
    }

    private PassphraseReading Finish(ReadOnlySpan<byte> bytes, string shown, IReadOnlyList<string> notices)
    {
        if (bytes.IsEmpty)
        {
            throw new HoldfastException(FailureKind.Usage, $"{shown} is empty", Purpose.EmptyHint);
        }

        return bytes.Length > LargestSize
            ? throw new HoldfastException(
                FailureKind.Usage, $"{shown} holds more than 64 KiB", "it must hold the passphrase and nothing else")
            : new PassphraseReading(new Passphrase(bytes) { Origin = shown }, notices);
    }
}

/// <summary>A passphrase and what the user should know about how it is kept.</summary>
/// <param name="Notices">Sentences for a person; none in good order.</param>
public sealed record PassphraseReading(Passphrase Passphrase, IReadOnlyList<string> Notices);
