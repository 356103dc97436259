using System.CommandLine;
using Holdfast.Cli.Options;
using Holdfast.Cli.Output;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast show ID</c>: what a snapshot holds and what is known of it.</summary>
internal sealed class ShowCommand : ISessionCommand
{
    private readonly Argument<string?> _id = new("ID") { Description = SnapshotOptions.IdDescription, Arity = ArgumentArity.ZeroOrOne };

    private readonly SnapshotOptions _which = new();

    public Command Describe()
    {
        var command = new Command("show", "Show what a snapshot holds.");
        command.Arguments.Add(_id);
        _which.AddTo(command);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var stored = await _which.ChooseAsync(session, repository, arguments, arguments.GetValue(_id), cancellationToken);
        var reader = new BlobReader(repository, await repository.LoadIndexAsync(cancellationToken));
        var record = await new SnapshotRecordReader(reader).ReadAsync(stored.Snapshot, cancellationToken);
        var proofs = Proofs.Load(session, repository);
        session.Screen.Json(SnapshotDocuments.Of(stored, record, proofs), CliJson.Default.ShowDocument);
        foreach (var line in Lines(session, stored, record, proofs)) session.Screen.Line(line);
        return 0;
    }

    private static IEnumerable<string> Lines(Session session, StoredSnapshot stored, SnapshotRecord? record, ProofBook proofs)
    {
        var snapshot = stored.Snapshot;
        yield return $"snapshot  {stored.Id}";
        yield return $"time      {HumanFormat.Time(snapshot.Time.ToDateTimeOffset(), session.Clock.LocalTimeZone)}";
        yield return $"host      {Printable.Line(snapshot.Hostname ?? "unknown")}, user {Printable.Line(snapshot.Username ?? "unknown")}";
        if (record?.Application is { } application) yield return $"of        {Printable.Line(application)}";
        foreach (var path in snapshot.Paths) yield return $"path      {Printable.Line(path)}";
        if (snapshot.Tags.Count > 0) yield return $"tags      {string.Join(", ", snapshot.Tags.Select(Printable.Line))}";
        yield return $"proven    {proofs.Word(stored)}{((proofs.ProvenAt(stored) ?? proofs.FailedAt(stored)) is { } at ? $", {at}" : string.Empty)}";
        foreach (var check in proofs.FailedChecks(stored)) yield return $"failed    {Printable.Line(check.ToString())}";
        foreach (var database in record?.Databases ?? [])
        {
            yield return database.Missing is { } why
                ? $"database  {Printable.Line(database.Name)}: not saved: {Printable.Line(why)}"
                : $"database  {Printable.Line(database.Name)} ({Printable.Line(database.Path)}){FileOf(database)}";
            foreach (var (table, rows) in database.Tables) yield return $"            {Printable.Line(table)}: {HumanFormat.Count(rows, "row", "rows")}";
            foreach (var damage in database.Damage) yield return $"            damaged: {Printable.Line(damage)}";
        }

        foreach (var doubt in record?.Suspicions ?? []) yield return $"suspicious {Printable.Line(doubt)}";
        foreach (var problem in record?.Problems ?? []) yield return $"problem   {Printable.Line(problem)}";
    }

    private static string FileOf(DatabaseRecord database) => database.Sqlite is { } file
        ? $", {HumanFormat.Size(file.Bytes)}, journal mode {Printable.Line(file.JournalMode)}"
        : string.Empty;
}
