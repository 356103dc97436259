using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Output;
using Holdfast.Engine.Operations;
using Holdfast.Engine.State;

namespace Holdfast.Cli.Commands.Operations;

/// <summary><c>holdfast operations list</c>: the newest first.</summary>
internal sealed class OperationsListCommand : ISessionCommand
{
    private readonly Option<int> _limit = new("--limit") { Description = "At most so many.", HelpName = "N", DefaultValueFactory = _ => 20 };

    private readonly Option<bool> _all = new("--all") { Description = "Of every application, not only of the manifest's." };

    public Command Describe()
    {
        var command = new Command("list", "List operations, the newest first.");
        command.Options.Add(_limit);
        command.Options.Add(_all);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var operations = Read(session, arguments);
        if (operations.Count == 0) session.Screen.Line("no operation is known on this machine");
        foreach (var operation in operations) session.Screen.Line(Line(operation, session.Clock.LocalTimeZone));
        session.Screen.Json([.. operations.Select(OperationDocument.Of)], CliJson.Default.IReadOnlyListOperationDocument);
        return Task.FromResult(0);
    }

    private IReadOnlyList<Operation> Read(Session session, ParseResult arguments)
    {
        if (!LocalState.Exists(session.StateFolder)) return [];
        using var state = LocalState.Open(session.StateFolder);
        var place = session.Manifest is { } manifest && !arguments.GetValue(_all)
            ? ApplicationKey.Of(manifest.Application.Application, manifest.Path).Place
            : null;
        return new OperationJournal(state).List(place, Math.Clamp(arguments.GetValue(_limit), 1, 100_000));
    }

    private static string Line(Operation operation, TimeZoneInfo zone) => string.Create(
        CultureInfo.InvariantCulture,
        $"{operation.Number,5}  {OperationDocument.Start(operation, zone)}  {OperationDocument.Word(operation.State),-13}  {Printable.Line(operation.Application)}: {Printable.Line(operation.Title)}{Unreadable(operation)}");

    private static string Unreadable(Operation operation) =>
        operation.Unreadable.Count == 0 ? string.Empty : $" [{Printable.Line(string.Join("; ", operation.Unreadable))}; `holdfast operations show {operation.Number}`]";
}
