using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Commands.Archives;
using Holdfast.Cli.Commands.Backups;
using Holdfast.Cli.Commands.Config;
using Holdfast.Cli.Commands.Databases;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Commands.Keys;
using Holdfast.Cli.Commands.Operations;
using Holdfast.Cli.Commands.Repositories;
using Holdfast.Cli.Commands.Restores;
using Holdfast.Cli.Commands.Retention;
using Holdfast.Cli.Commands.Snapshots;
using Holdfast.Cli.Demo;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli;

/// <summary>The edge: parses the command line, runs one command, and turns what went wrong into words and an exit code, in this one place.</summary>
internal static class CommandLine
{
    // An interrupted command still removes its lock and its unfinished files; the default of two seconds could cut that off.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromMinutes(1);

    internal static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, TimeProvider clock)
    {
        var options = new GlobalOptions();
        var root = Describe(options, (command, parsed, cancellationToken) => RunAsync(command, options, parsed, output, error, clock, cancellationToken));
        if (arguments is ["--version", "--json"] or ["--json", "--version"])
        {
            JsonScreen(output, error).Json(new VersionDocument(ProgramVersion.Current), CliJson.Default.VersionDocument);
            return ExitCode.Done;
        }

        var parsed = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (parsed.Action is ParseErrorAction && IsNounAlone(parsed) && !arguments.Contains("--json")) return await ShowVerbsAsync(root, parsed, error);
        if (parsed.Action is ParseErrorAction) return Refuse(parsed, arguments, output, error);
        if (OptionWithoutValue(parsed, root) is { } option) return Refuse(parsed, arguments, output, error, $"{option} has no value");
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TerminationTimeout,
        });
    }

    /// <summary>A noun without a verb, and nothing else wrong: <c>holdfast config</c>.</summary>
    private static bool IsNounAlone(ParseResult parsed) =>
        parsed is { UnmatchedTokens.Count: 0, Errors.Count: 1, CommandResult.Command: { Subcommands.Count: > 0 } and not RootCommand };

    private static async Task<int> ShowVerbsAsync(RootCommand root, ParseResult parsed, TextWriter error)
    {
        await root.Parse([parsed.CommandResult.Command.Name, "--help"]).InvokeAsync(new InvocationConfiguration { Output = error, Error = error });
        return new HoldfastException(FailureKind.Usage, "no verb").ExitCode;
    }

    /// <summary>An option that took the one after it for its value, as the parser allows; null for none.</summary>
    private static string? OptionWithoutValue(ParseResult parsed, RootCommand root)
    {
        var names = parsed.CommandResult.Command.Options.Concat(root.Options).SelectMany(option => option.Aliases.Prepend(option.Name)).ToHashSet(StringComparer.Ordinal);
        return parsed.CommandResult.Children.Concat(parsed.RootCommandResult.Children).OfType<OptionResult>()
            .FirstOrDefault(given => given.Tokens.Any(token => names.Contains(token.Value)))?.Option.Name;
    }

    /// <summary>A command line that is none. The parser repeats words from it, and these may hold anything.</summary>
    private static int Refuse(ParseResult parsed, string[] arguments, TextWriter output, TextWriter error, string? problem = null)
    {
        var screen = arguments.Contains("--json") ? JsonScreen(output, error) : new Screen(output, error, Terminal.Options(json: false, quiet: false));
        if (problem is null && UnknownCommand(parsed) is { } unknown)
        {
            screen.Failure(unknown);
            return unknown.ExitCode;
        }

        IEnumerable<string> messages = problem is not null ? [problem] : parsed.Errors.Select(found => Printable.Line(found.Message.TrimEnd('.')));
        var command = parsed.CommandResult.Command is RootCommand ? "holdfast" : $"holdfast {PathOf(parsed.CommandResult)}";
        var failure = new HoldfastException(FailureKind.Usage, string.Join("; ", messages), $"`{command} --help` shows what there is");
        screen.Failure(failure);
        return failure.ExitCode;
    }

    /// <summary>A word where a command must be, and is none; null when something else is wrong.</summary>
    private static HoldfastException? UnknownCommand(ParseResult parsed)
    {
        if (parsed.CommandResult.Command is not { Subcommands.Count: > 0 } command || parsed.UnmatchedTokens is not [var word, ..] || word.StartsWith('-')) return null;
        var path = command is RootCommand ? "holdfast" : $"holdfast {PathOf(parsed.CommandResult)}";
        var near = Spelling.Nearest(word, command.Subcommands.Select(known => known.Name));
        return new HoldfastException(
            FailureKind.Usage,
            $"there is no command {Quoted.Text($"{path} {word}")}",
            near is null ? $"`{path} --help` shows what there is" : $"did you mean `{path} {near}`? `{path} --help` shows what there is");
    }

    /// <summary>The words that lead to a command: <c>config check</c>.</summary>
    private static string PathOf(CommandResult command) => command.Parent is CommandResult { Command: not RootCommand } above
        ? $"{PathOf(above)} {command.Command.Name}"
        : command.Command.Name;

    private static Screen JsonScreen(TextWriter output, TextWriter error) => new(output, error, Terminal.Options(json: true, quiet: false));

    /// <summary>All commands and options; the reference page in docs is compared with it.</summary>
    internal static RootCommand Describe(GlobalOptions options, Func<ISessionCommand, ParseResult, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand("Backs up live applications into restic repositories, proves every backup by restoring it, and restores.");
        options.AddTo(root);
        foreach (var command in All()) root.Subcommands.Add(Describe(command, run));
        foreach (var group in Groups())
        {
            var noun = group.Describe();
            foreach (var verb in group.Verbs) noun.Subcommands.Add(Describe(verb, run));
            root.Subcommands.Add(noun);
        }

        return root;
    }

    private static Command Describe(ISessionCommand command, Func<ISessionCommand, ParseResult, CancellationToken, Task<int>> run)
    {
        var described = command.Describe();
        described.SetAction((parsed, cancellationToken) => run(command, parsed, cancellationToken));
        return described;
    }

    private static IEnumerable<CommandGroup> Groups() =>
    [
        new(
            "operations",
            "What ran, runs and was interrupted on this machine.",
            [new OperationsListCommand(), new OperationsShowCommand(), new OperationsResumeCommand(), new OperationsUndoCommand(), new OperationsForgetCommand()]),
        new(
            "keys",
            "The passphrases that open the repository.",
            [new KeysListCommand(), new KeysAddCommand(), new KeysPasswdCommand(), new KeysRemoveCommand(), new KeysCheckCommand()]),
        new("db", "Work on databases of servers.", [new DbRestoreCommand(), new DbRestoreClusterCommand(), new DbExportCommand()]) { Alias = "database" },
        new("config", "Look at the manifest.", [new ConfigCheckCommand(), new ConfigShowCommand()]),
        new("repair", "Repair what `check` finds damaged.", [new RepairIndexCommand(), new RepairPacksCommand(), new RepairSnapshotsCommand()]),
    ];

    private static IEnumerable<ISessionCommand> All() =>
    [
        new InitCommand(),
        new BackupCommand(),
        new ListCommand(),
        new ShowCommand(),
        new DiffCommand(),
        new LsCommand(),
        new DumpCommand(),
        new RestoreCommand(),
        new RollbackCommand(),
        new StatusCommand(),
        new DrillCommand(),
        new VerifyCommand(),
        new ExportCommand(),
        new ImportCommand(),
        new ArchivesCommand(),
        new ForgetCommand(),
        new CheckCommand(),
        new PruneCommand(),
        new StatsCommand(),
        new CopyCommand(),
        new UnlockCommand(),
        new DemoCommand(),
    ];

    private static async Task<int> RunAsync(
        ISessionCommand command, GlobalOptions options, ParseResult parsed, TextWriter output, TextWriter error, TimeProvider clock, CancellationToken cancellationToken)
    {
        var given = new SessionOptions(
            parsed.GetValue(options.Repository),
            parsed.GetValue(options.Config),
            parsed.GetValue(options.PassphraseFile),
            parsed.GetValue(options.PassphraseCommand),
            parsed.GetValue(options.Json),
            parsed.GetValue(options.Quiet))
        {
            NoCache = parsed.GetValue(options.NoCache),
            SparesBrokenManifest = command.WorksWithBrokenManifest,
        };
        var screen = new Screen(output, error, Terminal.Options(given.Json, given.Quiet));
        try
        {
            given = given with
            {
                UploadLimit = GlobalOptions.Rate(options.UploadLimit, parsed),
                DownloadLimit = GlobalOptions.Rate(options.DownloadLimit, parsed),
                Connections = options.ConnectionCount(parsed),
            };
            await using var session = new Session(given, screen, clock);
            // A manifest that is named is read, so that a slip in the name is told also when everything else comes from elsewhere.
            if (given.Config is not null) _ = session.Manifest;
            return await RunAsync(command, session, parsed, cancellationToken);
        }
        catch (HoldfastException failure) when (failure.Kind == FailureKind.OutputClosed)
        {
            // Whoever closed the pipe has had enough, and knows.
            return failure.ExitCode;
        }
        catch (HoldfastException failure)
        {
            screen.Failure(failure);
            return failure.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            var failure = new HoldfastException(FailureKind.Interrupted, "interrupted; nothing that was finished before is lost");
            screen.Failure(failure);
            return failure.ExitCode;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // A fault of the program: all that is known of it is needed to mend it.
            screen.Failure(new HoldfastException(FailureKind.Failed, $"internal error: {fault}", "this is a fault of Holdfast: please report it with these lines"));
            return ExitCode.Bad;
        }
    }

    private static async Task<int> RunAsync(ISessionCommand command, Session session, ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            return await command.RunAsync(session, parsed, cancellationToken);
        }
        catch (HoldfastException failure) when (LocalState.IsDamage(failure))
        {
            session.Screen.Failure(session.Explain(failure));
            return failure.ExitCode;
        }
    }
}
