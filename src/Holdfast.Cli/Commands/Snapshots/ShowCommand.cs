using System.CommandLine;
using Holdfast.Cli.Commands.Drills;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Snapshots;

/// <summary><c>holdfast show [ID]</c>: what a snapshot holds, what is known of it, and what changed since the one before.</summary>
internal sealed class ShowCommand : ISessionCommand
{
    private readonly Argument<string?> _id = new("ID") { Description = SnapshotOptions.IdDescription, Arity = ArgumentArity.ZeroOrOne };

    private readonly SnapshotOptions _which = new();

    public bool WorksWithBrokenManifest => true;

    public Command Describe()
    {
        var command = new Command("show", "Show what a snapshot holds and what changed since the one before.");
        command.Arguments.Add(_id);
        _which.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var found = await _which.FindAsync(session, arguments, arguments.GetValue(_id), cancellationToken);
        var (at, repository, listing, stored) = found;
        var reader = new BlobReader(repository, await repository.LoadIndexAsync(cancellationToken));
        var record = await new SnapshotRecordReader(reader).ReadAsync(stored.Snapshot, cancellationToken);
        var proofs = Proofs.Load(at, repository);
        var since = PreviousSnapshot.Of(stored, listing.Readable) is { } previous
            ? await SincePrevious.CompareAsync(reader, previous, stored, cancellationToken)
            : null;
        session.Screen.Json(SnapshotDocuments.Of(stored, record, proofs, since?.Document), CliJson.Default.ShowDocument);
        foreach (var line in ShowReport.Lines(stored, record, proofs, since, session.Clock.LocalTimeZone)) session.Screen.Line(line);
        return ExitCode.Done;
    }
}
