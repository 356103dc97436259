using System.CommandLine;
using Holdfast.Cli.Commands.Backups;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Initialization;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands;

/// <summary>
/// <c>holdfast init</c>: makes what is missing of manifest, key and repository, and takes and proves the first backup. Beside a manifest it uses that one;
/// with --repository and a passphrase it makes just the repository.
/// </summary>
internal sealed class InitCommand : ISessionCommand
{
    private readonly Option<bool> _noBackup = new("--no-backup") { Description = "Take no first backup." };

    private readonly OtherRepositoryOptions _like = new(
        "--copy-chunker-params-from", "Cut files at the same places as this repository, so that copies between both share what is equal.", "--from");

    public Command Describe()
    {
        var command = new Command("init", "Write a manifest for this folder, make a key and a repository, take and prove the first backup.");
        command.Options.Add(_noBackup);
        _like.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new InitializationOptions
        {
            Folder = session.CurrentDirectory,
            Manifest = session.Manifest,
            Repository = Given(session),
            Passphrase = session.PassphraseSource(),
            StateFolder = session.StateFolder,
            Storage = session.Storage(session.NamesRepository ? session.Address() : null),
            Identity = session.Identity,
            ChunkerPolynomial = await PolynomialAsync(session, arguments, cancellationToken),
        };
        if (session.Manifest?.Path is { } found && session.Options.Config is null && found.Parent != session.CurrentDirectory)
            session.Screen.Notice($"{found.Display} is the manifest here, and not one in this folder: run it in another place, or name one with --config, for another application");
        var made = await new InitializationRun(options, session.Clock).ExecuteAsync(cancellationToken);
        InitReport.Made(session.Screen, made);
        var backup = await BackUpAsync(session, made, arguments, cancellationToken);
        InitReport.Key(session.Screen, made);
        InitReport.Next(session.Screen, made, backup?.Document);
        session.Screen.Json(InitReport.Document(made, backup?.Document), CliJson.Default.InitDocument);
        return backup?.ExitCode ?? 0;
    }

    /// <summary>What was named, where that is a name of the manifest as the address that stands there; null for none.</summary>
    private static string? Given(Session session) =>
        session.InUse is { Given: { } given, Declaration: { } declared } && declared.Name == given ? declared.Address.Text : session.InUse.Given;

    private async Task<Polynomial?> PolynomialAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (!_like.IsGiven(arguments)) return null;
        using var other = await _like.OpenAsync(session, arguments, cancellationToken);
        return other.Config.ChunkerPolynomial;
    }

    /// <returns>Null when there was none to take.</returns>
    private async Task<FinishedBackup?> BackUpAsync(Session session, InitializationResult made, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (made.Manifest is not { } manifest || arguments.GetValue(_noBackup)) return null;
        if (!made.HasContent)
        {
            session.Screen.Notice("there is nothing to save yet: run `holdfast backup` when the application has written something");
            return null;
        }

        session.Screen.Line();
        session.Screen.Line("the first backup:");
        // The manifest may have been written just now.
        var described = made.Draft is null ? session : session.Derived(session.Options with { Config = manifest.ToString() });
        try
        {
            return await FirstBackup.RunAsync(described, arguments, cancellationToken);
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.OutputClosed)
        {
            InitReport.Key(session.Screen, made);
            var hint = "manifest, key and repository are in place: when the cause is removed, go on with `holdfast backup`, not with `holdfast init`";
            throw new HoldfastException(error.Kind, $"the first backup failed: {error.Message}", error.Hint is null ? hint : $"{error.Hint}; {hint}", error);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            InitReport.Key(session.Screen, made);
            session.Screen.Notice("manifest, key and repository are in place: go on with `holdfast backup`");
            throw;
        }
    }
}
