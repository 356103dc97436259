using System.CommandLine;
using Holdfast.Cli.Commands.Archives;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Processes;

namespace Holdfast.Cli.Commands.Backups;

/// <summary>The backup that <c>init</c> takes: that of the manifest, as <c>backup</c> takes it, proven within the budget.</summary>
internal static class FirstBackup
{
    internal static async Task<FinishedBackup> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        var manifest = session.Manifest ?? throw new InvalidOperationException("a first backup is that of a manifest");
        var common = new BackupOptions { Targets = [], Own = session.Own(), Identity = session.Identity, Program = Session.Program };
        var options = ApplicationTargets.Of(manifest.Path, manifest.Application, common, []);
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var asked = session.Asked(new BackupRequest([], [], [], null) { Folder = session.CurrentDirectory, Drill = BackupDrillMode.WithinBudget });
        var surroundings = session.Surroundings(new SqliteImageOptions().BusyDeadline, new ArchivePassphraseOptions().Reading(session, arguments));
        return await new ShownBackup(session, repository, surroundings).ExecuteAsync(options, asked, null, cancellationToken);
    }
}
