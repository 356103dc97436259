using System.Text.Json.Serialization;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Secrets;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>Where a database is and who connects to it, as the journal keeps it. Holds no secret, but where it comes from.</summary>
/// <param name="Settings">Under libpq's names.</param>
internal sealed record StoredAddress([property: JsonRequired] IReadOnlyDictionary<string, string> Settings)
{
    public string? ServiceFile { get; init; }

    /// <summary>The variable that holds the password.</summary>
    public string? PasswordVariable { get; init; }

    /// <summary>The file that holds the password.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The program that tells the password, with its arguments.</summary>
    public IReadOnlyList<string>? PasswordCommand { get; init; }

    internal static StoredAddress Of(PostgresAddress address) => new(address.Settings)
    {
        ServiceFile = address.ServiceFile,
        PasswordVariable = (address.Password as PassphraseSource.EnvironmentVariable)?.Name,
        PasswordFile = (address.Password as PassphraseSource.SecretFile)?.Path,
        PasswordCommand = (address.Password as PassphraseSource.Command)?.Arguments,
    };

    /// <exception cref="Restic.Failures.HoldfastException">Usage: it is none.</exception>
    internal PostgresAddress ToAddress() => PostgresAddress.Of(Settings) with
    {
        ServiceFile = ServiceFile,
        Password = PasswordVariable is { } variable ? new PassphraseSource.EnvironmentVariable(variable)
            : PasswordFile is { } file ? new PassphraseSource.SecretFile(file)
            : PasswordCommand is { } command ? new PassphraseSource.Command(command)
            : null,
    };
}
