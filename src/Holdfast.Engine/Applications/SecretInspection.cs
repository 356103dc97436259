using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Applications;

/// <summary>Whether each source of a passphrase gives one, and keeps it from others.</summary>
internal sealed class SecretInspection(ApplicationManifest application, FindingList findings, TimeProvider clock)
{
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        if (application.Passphrase is { } passphrase) await CheckAsync(passphrase, PassphrasePurpose.Repository, ["passphrase"], cancellationToken).ConfigureAwait(false);
        else if (application.Repositories.Any(repository => repository.Passphrase is null) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("HOLDFAST_PASSPHRASE")))
            findings.Warning(["passphrase"], "no passphrase is named, and HOLDFAST_PASSPHRASE is not set", "every command would need --passphrase-file or --passphrase-command");
        foreach (var repository in application.Repositories)
        {
            if (repository.Passphrase is { } own) await CheckAsync(own, PassphrasePurpose.Repository, ["repositories", repository.Name, "passphrase"], cancellationToken).ConfigureAwait(false);
        }

        foreach (var database in application.ServedDatabases)
        {
            if (database.Address.Password is { } own) await CheckAsync(own, PassphrasePurpose.Database, ["databases", database.Name, "password"], cancellationToken).ConfigureAwait(false);
        }

        foreach (var archive in application.Archives)
        {
            if (archive.Passphrase is { } own) await CheckAsync(own, PassphrasePurpose.Archive, ["archives", archive.Name, "passphrase"], cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CheckAsync(PassphraseSource source, PassphrasePurpose purpose, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        try
        {
            var reading = await SystemSecrets.Reader(purpose, clock).ReadAsync(source, cancellationToken).ConfigureAwait(false);
            reading.Passphrase.Dispose();
            foreach (var notice in reading.Notices) findings.Warning(keys, notice, null);
        }
        catch (HoldfastException error)
        {
            findings.Error(keys, error.Message, error.Hint);
        }
    }
}
