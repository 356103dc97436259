using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Clusters;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Databases;

/// <summary><c>holdfast db restore-cluster [ID] [NAME] --target FOLDER</c>: the cluster of a base backup as a data directory.</summary>
internal sealed class DbRestoreClusterCommand : ISessionCommand
{
    private readonly Argument<string[]> _words = PathArgument.Create("The beginning of a snapshot's ID or `latest`, which is the default, then the database's name in the manifest.", "[ID] [NAME]");

    private readonly Option<string> _target = new("--target", "-t") { Description = "The data directory: a new or empty folder.", HelpName = "FOLDER", Required = true };

    private readonly Option<string[]> _tablespace = new("--tablespace") { Description = "Another folder for a tablespace than it had; may be repeated.", HelpName = "OLD=NEW" };

    private readonly Option<bool> _replace = new("--replace") { Description = "Take the place of the data directory that is there, which is kept under another name. Its server must be stopped." };

    private readonly Option<bool> _check = new("--check") { Description = "Start a server on it before it gets its name: recovery, expected tables, assertions, indexes, checksums of all pages." };

    private readonly Option<bool> _dryRun = new("--dry-run", "-n") { Description = "Print what would be done, and do nothing." };

    private readonly SnapshotOptions _which = new() { RefusesDoubtful = true };

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("restore-cluster", "Restore the whole cluster of a base backup (form: physical) to a data directory.");
        command.Arguments.Add(_words);
        foreach (var option in (Option[])[_target, _tablespace, _replace, _check, _dryRun]) command.Options.Add(option);
        _which.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (id, names) = SnapshotOptions.Split(arguments.GetValue(_words) ?? []);
        if (names.Count > 1) throw new HoldfastException(FailureKind.Usage, "db restore-cluster takes one database");
        var tablespaces = Tablespaces(arguments.GetValue(_tablespace) ?? [], session.CurrentDirectory);
        using var found = await _which.FindAsync(session, arguments, id, cancellationToken);
        var options = new ClusterRestoreOptions
        {
            Snapshot = found.Snapshot,
            Name = names.Count == 1 ? names[0] : null,
            Target = FilePath.Absolute(arguments.GetValue(_target)!, session.CurrentDirectory),
            Tablespaces = tablespaces,
            Replace = arguments.GetValue(_replace),
            Check = arguments.GetValue(_check),
            Forbidden = session.RepositoryFolders,
            Identity = session.Identity,
        };
        var progress = new OperationProgress();
        var restore = new ClusterRestore(found.Repository, options, session.Clock, progress);
        if (arguments.GetValue(_dryRun))
        {
            var plan = await session.ShowingAsync(progress, restore.PlanAsync(cancellationToken));
            DbRestoreClusterReport.Print(session.Screen, plan);
            return plan.Obstacles.Count == 0 ? ExitCode.Done : ExitCode.Bad;
        }

        DbRestoreClusterReport.Print(session.Screen, options, await session.ShowingAsync(progress, restore.ExecuteAsync(cancellationToken)));
        return ExitCode.Done;
    }

    private static Dictionary<string, FilePath> Tablespaces(IEnumerable<string> words, FilePath folder)
    {
        var spaces = new Dictionary<string, FilePath>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == word.Length - 1)
                throw new HoldfastException(FailureKind.Usage, $"--tablespace {Quoted.Text(word)} is not OLD=NEW", "write --tablespace /old/folder=/new/folder");
            spaces[word[..equals]] = FilePath.Absolute(word[(equals + 1)..], folder);
        }

        return spaces;
    }
}
