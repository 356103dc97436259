using System.CommandLine;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Output;
using Holdfast.Engine.Archives.Verifying;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Processes;
using Holdfast.Engine.Progress;

namespace Holdfast.Cli.Commands.Archives;

/// <summary><c>holdfast verify FILE|ID</c>: reads an archive to its end and opens its databases; of a snapshot, it is the drill.</summary>
internal sealed class VerifyCommand : ISessionCommand
{
    private readonly Argument<string> _what = new("FILE|ID")
    {
        Description = "An archive, the name of one in a folder of the manifest, or a snapshot's ID or `latest`, which is proven by a drill.",
    };

    private readonly Option<bool> _trustLinks = new("--trust-links") { Description = "Accept symbolic links that lead out of what the archive holds." };

    private readonly ArchivePassphraseOptions _passphrase = new();

    public Command Describe()
    {
        var command = new Command("verify", "Read an archive to its end and check every database in it; prove a snapshot.");
        command.Arguments.Add(_what);
        command.Options.Add(_trustLinks);
        _passphrase.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        Priority.LowerForThisProcess();
        var what = arguments.GetValue(_what)!;
        if (ArchivePlaces.Find(session, what) is not var (file, declared)) return await DrillCommand.ProveAsync(session, what, cancellationToken);
        using var passphrase = await _passphrase.ReadForAsync(session, arguments, file, declared, cancellationToken);
        var options = new ArchiveVerificationOptions
        {
            File = file,
            Passphrase = passphrase,
            TrustLinks = arguments.GetValue(_trustLinks),
            ScratchCandidates = ArchivePlaces.Scratch(session),
        };
        var progress = new OperationProgress();
        var asked = session.Asked(new VerifyRequest(file, options.TrustLinks) { Folder = session.CurrentDirectory });
        var archive = await session.EnteringAsync(
            new OperationOrder(OperationKind.Verify, $"verify {file.Display}", asked.Serialize()),
            token => new ArchiveVerification(options, progress).ExecuteAsync(token),
            verified => Outcome(verified, Missing(session, verified)),
            progress,
            cancellationToken);
        await using (archive)
        {
            var missing = Missing(session, archive);
            ArchiveReport.Verified(session, archive, missing);
            session.Screen.Json(ArchiveDocuments.Of(archive, missing), CliJson.Default.VerifyDocument);
            return missing.Count == 0 && archive.Damage.Count == 0 ? ExitCode.Done : ExitCode.Bad;
        }
    }

    private static OperationOutcome Outcome(VerifiedArchive archive, IReadOnlyList<string> missing) => (archive.Damage, missing) switch
    {
        ([var damaged, ..], _) => new OperationOutcome(OperationState.Failed) { Error = damaged },
        (_, [_, ..]) => new OperationOutcome(OperationState.Failed) { Error = "it is not what the application needs" },
        _ => new OperationOutcome(OperationState.Done),
    };

    private static IReadOnlyList<string> Missing(Session session, VerifiedArchive archive) =>
        ExpectedTables.MissingIn(archive, session.Manifest?.Application.Databases ?? []);
}
