using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands;

/// <summary>Which repository a session is about, and where its passphrase comes from: by options, environment and manifest, in this order.</summary>
/// <param name="options">As given.</param>
/// <param name="manifest">The manifest, looked for when it is first needed.</param>
/// <param name="from">Where relative paths begin.</param>
internal sealed class RepositoryInUse(SessionOptions options, Lazy<LoadedManifest?> manifest, FilePath from)
{
    /// <summary>What an option or the environment says; null where it is left to the manifest.</summary>
    internal string? Given { get; } = options.Repository ?? Session.Variable("HOLDFAST_REPOSITORY");

    /// <summary>What the manifest says of it; null for one that it does not name.</summary>
    internal RepositoryDeclaration? Declaration
    {
        get
        {
            if (Given is null) return manifest.Value?.Application.Repositories[0];
            if (Declared(Given) is { } named) return named;
            var address = Address();
            return manifest.Value?.Application.Repositories.FirstOrDefault(known => known.Address == address);
        }
    }

    /// <summary>The repository: one that is named, by its name in the manifest or its address, else the manifest's first.</summary>
    /// <exception cref="HoldfastException">Usage: none is named anywhere, or what is named is no address.</exception>
    internal RepositoryAddress Address()
    {
        if (Given is not null) return Declared(Given)?.Address ?? RepositoryAddress.Parse(Given, from);
        if (manifest.Value is { } loaded) return loaded.Application.Repositories[0].Address;
        var byName = InvokedName.From(Environment.GetEnvironmentVariable, from) is { } invoked
            ? $"make {ManifestLocation.SystemFolder}/{Quoted.Escape(invoked.Name, 100)}.yaml, a link to the application's manifest; or "
            : string.Empty;
        throw new HoldfastException(
            FailureKind.Usage, "no repository is named", $"{byName}go to the folder of the application's holdfast.yaml, give --repository DIR, or set HOLDFAST_REPOSITORY; for an application that was never saved, begin with `holdfast init`");
    }

    /// <summary>
    /// Where the passphrase comes from; null when nobody says. An option is meant for the repository that is named beside it; where none is, one that
    /// has a passphrase of its own keeps it, because others are opened, too.
    /// </summary>
    /// <exception cref="HoldfastException">Usage: two options exclude each other, or one is no command.</exception>
    internal PassphraseSource? PassphraseSource()
    {
        var given = GivenPassphrase();
        if (given is not null && (Given is not null || manifest.Value is not { Application.Repositories.Count: > 1 })) return given;
        if (Declaration?.Passphrase is { } own) return own;
        if (given is not null) return given;
        return Session.Variable("HOLDFAST_PASSPHRASE") is not null
            ? new PassphraseSource.EnvironmentVariable("HOLDFAST_PASSPHRASE")
            : manifest.Value?.Application.Passphrase;
    }

    /// <summary>What the manifest has to do with the passphrase in use; empty when nothing.</summary>
    internal string DeclaredOrNot()
    {
        if (manifest.Value is not { } loaded) return string.Empty;
        var own = Declaration;
        if ((own?.Passphrase ?? loaded.Application.Passphrase) is not { } declared) return string.Empty;
        var key = own?.Passphrase is null ? "passphrase" : $"repositories.{own.Name}.passphrase";
        return PassphraseSource() == declared
            ? $", which the key {key} of \"{loaded.Path.Display}\" names"
            : $", which goes before what the key {key} of \"{loaded.Path.Display}\" names";
    }

    /// <summary>A variable that somebody has set goes before the manifest.</summary>
    internal bool IsOverruled => manifest.Value?.Application.Passphrase is { } declared && PassphraseSource() is PassphraseSource.EnvironmentVariable used && used != declared;

    /// <summary>The entry of a name in the manifest. A path or an address is none: a folder of the name of an entry is written ./NAME.</summary>
    private RepositoryDeclaration? Declared(string name) => name.Contains('/', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal)
        ? null
        : manifest.Value?.Application.Repositories.FirstOrDefault(known => known.Name == name);

    private PassphraseSource? GivenPassphrase()
    {
        if (options is { PassphraseFile: not null, PassphraseCommand: not null })
            throw new HoldfastException(FailureKind.Usage, "--passphrase-file and --passphrase-command exclude each other", "give one of them");
        if (options.PassphraseFile is { } file) return new PassphraseSource.SecretFile(FilePath.Absolute(file, from).ToString());
        if (options.PassphraseCommand is not { } command) return null;
        return CommandWords.TrySplit(command, out var words) is { } problem
            ? throw new HoldfastException(FailureKind.Usage, $"--passphrase-command {problem}", "give a program and its arguments")
            : new PassphraseSource.Command(words);
    }
}
