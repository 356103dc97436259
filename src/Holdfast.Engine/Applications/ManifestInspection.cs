using Holdfast.Engine.Files;
using Holdfast.Engine.Findings;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Applications;

/// <summary>
/// Compares what a manifest says with this machine: paths, databases, programs, the service, secrets, disks. Reads only, but it runs the programs that
/// only tell something: the service's status and health, and those that print passphrases.
/// </summary>
public sealed class ManifestInspection(ApplicationManifest application, TimeProvider clock)
{
    /// <summary>Everything that is not as the manifest says, in the order of the file.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new FindingList(application.Places);
        var root = FilePath.From(application.Root);
        if (findings.Ask(["root"], () => FileSystem.TryStatus(root, followLinks: true)) is not { IsDirectory: true })
        {
            findings.Error(["root"], $"the root {root.Display} is not a folder that is there", "correct it, or mount what holds it");
            return findings.InOrder;
        }

        new PathInspection(application, findings).Run();
        new DatabaseInspection(application, findings).Run(cancellationToken);
        await new ServedDatabaseInspection(application, findings, clock).RunAsync(cancellationToken).ConfigureAwait(false);
        new StorageInspection(application, findings).Run();
        new ProgramInspection(application, findings).Run();
        await new ServiceInspection(application, findings, clock).RunAsync(cancellationToken).ConfigureAwait(false);
        await new SecretInspection(application, findings, clock).RunAsync(cancellationToken).ConfigureAwait(false);
        return findings.InOrder;
    }

    /// <summary>Reads only, and runs nothing: whether repositories and archives are there, and survive what the data may not.</summary>
    public IReadOnlyList<Finding> Storage()
    {
        var findings = new FindingList(application.Places);
        new StorageInspection(application, findings).Run();
        return findings.InOrder;
    }
}
