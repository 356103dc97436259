using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.Restores.Served;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Databases;

/// <summary><c>holdfast db restore [ID] [NAME]</c>: a database of PostgreSQL from a snapshot back into a server.</summary>
internal sealed class DbRestoreCommand : ISessionCommand
{
    private readonly Argument<string[]> _words = PathArgument.Create("The beginning of a snapshot's ID or `latest`, which is the default, then the database's name in the manifest.", "[ID] [NAME]");

    private readonly Option<string?> _server = new("--server")
    {
        Description = "The server, as a connection string of libpq without a password; else the manifest's. Its dbname is replaced, unless --as names a new one.",
        HelpName = "CONNECTION",
    };

    private readonly Option<string?> _input = new("--input", "-i") { Description = "A dump file instead of a snapshot: of pg_dump's custom format or SQL, also with gzip.", HelpName = "FILE" };

    private readonly Option<string?> _as = new("--as") { Description = "Restore into a new database of this name.", HelpName = "DATABASE" };

    private readonly Option<string[]> _schema = new("--schema") { Description = "Only this schema; may be repeated. Needs --as.", HelpName = "SCHEMA" };

    private readonly Option<string[]> _table = new("--table") { Description = "Only this table, without its indexes and constraints; may be repeated. Needs --as.", HelpName = "TABLE" };

    private readonly Option<string?> _owner = new("--owner") { Description = "Everything belongs to this role afterwards, whatever the dump says.", HelpName = "ROLE" };

    private readonly Option<bool> _noPrivileges = new("--no-privileges") { Description = "Leave out the rights that the dump grants." };

    private readonly Option<bool> _endConnections = new("--end-connections") { Description = "End the connections to the database that is replaced." };

    private readonly Option<bool> _dropOld = new("--drop-old") { Description = "Drop the replaced database in the end; without this it is kept under another name." };

    private readonly Option<bool> _dryRun = new("--dry-run", "-n") { Description = "Print what would be done, and do nothing." };

    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask: for scripts." };

    private readonly WaitOption _wait = new();

    private readonly SnapshotOptions _which = new() { RefusesDoubtful = true };

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("restore", "Restore a PostgreSQL database: into a new database beside it, which is proven and then takes its place.");
        command.Arguments.Add(_words);
        foreach (var option in (Option[])[_server, _input, _as, _schema, _table, _owner, _noPrivileges, _endConnections, _dropOld, _dryRun, _yes, _wait.Option]) command.Options.Add(option);
        _which.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (id, names) = SnapshotOptions.Split(arguments.GetValue(_words) ?? []);
        if (names.Count > 1) throw new HoldfastException(FailureKind.Usage, "db restore takes one database");
        var name = names.Count == 1 ? names[0] : null;
        var progress = new OperationProgress();
        if (arguments.GetValue(_input) is { } input)
        {
            if (id is not null) throw new HoldfastException(FailureKind.Usage, "a snapshot and --input were both given", "restore from one of them");
            var file = FilePath.Absolute(input, session.CurrentDirectory);
            var target = Target(arguments, new ServedTargetOptions { Server = Server(session, arguments, name) });
            DumpFileRestore File(Action<string?> save) => new(file, target, session.Clock, progress) { SaveUndo = save };
            var taken = Asked(session, arguments, null, file.ToString(), name);
            return await RunAsync(session, arguments, taken, progress, File(_ => { }).PlanAsync, (save, token) => File(save).ExecuteAsync(token), cancellationToken);
        }

        using var found = await _which.FindAsync(session, arguments, id, cancellationToken);
        var options = Target(arguments, new ServedRestoreOptions
        {
            Snapshot = found.Snapshot,
            Name = name,
            Server = Server(session, arguments, name),
            Identity = session.Identity,
        });
        ServedRestore Restore(Action<string?> save) => new(found.Repository, options, session.Clock, progress) { SaveUndo = save };
        var asked = Asked(found.At, arguments, found.Snapshot.Id.ToString(), null, name);
        return await RunAsync(found.At, arguments, asked, progress, Restore(_ => { }).PlanAsync, (save, token) => Restore(save).ExecuteAsync(token), cancellationToken);
    }

    private DatabaseRestoreRequest Asked(Session session, ParseResult arguments, string? snapshot, string? input, string? name) => session.Asked(new DatabaseRestoreRequest(snapshot, input, name)
    {
        Folder = session.CurrentDirectory,
        Server = arguments.GetValue(_server),
        As = arguments.GetValue(_as),
        Schemas = arguments.GetValue(_schema) ?? [],
        Tables = arguments.GetValue(_table) ?? [],
        Owner = arguments.GetValue(_owner),
        NoPrivileges = arguments.GetValue(_noPrivileges),
        EndConnections = arguments.GetValue(_endConnections),
        DropOld = arguments.GetValue(_dropOld),
    });

    private T Target<T>(ParseResult arguments, T options)
        where T : ServedTargetOptions
    {
        var load = new PostgresLoadOptions
        {
            Schemas = arguments.GetValue(_schema) ?? [],
            Tables = arguments.GetValue(_table) ?? [],
            Owner = arguments.GetValue(_owner),
            WithoutPrivileges = arguments.GetValue(_noPrivileges),
        };
        return (T)(options with { As = arguments.GetValue(_as), Load = load, EndConnections = arguments.GetValue(_endConnections), DropOld = arguments.GetValue(_dropOld) });
    }

    private async Task<int> RunAsync(
        Session session,
        ParseResult arguments,
        DatabaseRestoreRequest asked,
        OperationProgress progress,
        Func<CancellationToken, Task<ServedRestorePlan>> planAsync,
        Func<Action<string?>, CancellationToken, Task<ServedRestoreResult>> executeAsync,
        CancellationToken cancellationToken)
    {
        var plan = await session.ShowingAsync(progress, planAsync(cancellationToken));
        if (arguments.GetValue(_dryRun))
        {
            DbRestoreReport.Print(session.Screen, plan);
            return plan.Obstacles.Count == 0 ? ExitCode.Done : ExitCode.Bad;
        }

        if (plan.Replaces && plan.Obstacles.Count == 0 && !arguments.GetValue(_yes))
        {
            // A document has no room for a plan and a question.
            if (session.Screen.IsJson || !Prompt.IsPossible) throw NobodyToAsk();
            foreach (var line in DbRestoreReport.Lines(plan)) session.Screen.Line(line);
            if (!new Prompt(session.Screen, Console.In).Confirm($"replace the database {plan.Target.Database}?")) return session.Declined();
        }

        var order = new OperationOrder(OperationKind.DatabaseRestore, $"restore the database {Printable.Line(plan.Target.Database)} from {plan.Origin}", asked.Serialize());
        var job = new DatabaseRestoreJob(session.Scope(_wait.Value(arguments)), order, session.Clock, progress);
        var result = await session.ShowingAsync(progress, job.ExecuteAsync(plan, executeAsync, cancellationToken));
        DbRestoreReport.Print(session.Screen, plan, result);
        return ExitCode.Done;
    }

    /// <summary>The server that was named, else the manifest's with its password.</summary>
    private PostgresAddress Server(Session session, ParseResult arguments, string? name)
    {
        var declared = session.Manifest?.Application.ServedDatabases ?? [];
        var one = name is null && declared.Count == 1 ? declared[0] : declared.FirstOrDefault(database => database.Name == name);
        if (arguments.GetValue(_server) is { } text) return PostgresAddress.Parse(text);
        return one?.Address ?? throw new HoldfastException(
            FailureKind.Usage, "it is not known into which server", "name the database as the manifest does, or give --server \"host=… dbname=…\"");
    }

    private static HoldfastException NobodyToAsk() => new(
        FailureKind.Usage,
        "the restore replaces a database, and there is nobody to ask",
        "see what it would do with --dry-run, then give --yes; or restore into a new database with --as NAME");
}
