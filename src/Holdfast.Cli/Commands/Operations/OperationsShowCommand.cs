using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;

namespace Holdfast.Cli.Commands.Operations;

/// <summary><c>holdfast operations show N</c>: its steps, and how it ended.</summary>
internal sealed class OperationsShowCommand : ISessionCommand
{
    private readonly OperationNumber _number = new();

    public Command Describe()
    {
        var command = new Command("show", "Show one operation with its steps.");
        _number.AddTo(command);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var operation = _number.Get(session, arguments);
        foreach (var line in Lines(operation, session.Clock.LocalTimeZone)) session.Screen.Line(line);
        session.Screen.Json(OperationDocument.Of(operation), CliJson.Default.OperationDocument);
        return Task.FromResult(0);
    }

    private static IEnumerable<string> Lines(Operation operation, TimeZoneInfo zone)
    {
        yield return $"operation {operation.Number}  {Printable.Line(operation.Title)}";
        yield return $"of        {Printable.Line(operation.Application)} ({Printable.Line(operation.Place)})";
        yield return $"state     {OperationDocument.Word(operation.State)}";
        yield return $"started   {OperationDocument.Start(operation, zone)} by {Printable.Line(operation.User)}, process {operation.Owner.Id}, {Printable.Line(operation.Program)}";
        if (operation.Ended is { } ended) yield return $"ended     {HumanFormat.Time(ended, zone)}, after {HumanFormat.Duration(ended - operation.Started)}";
        foreach (var step in operation.Steps)
        {
            var took = step.Ended is { } end ? HumanFormat.Duration(end - step.Started) : "not ended";
            var bytes = step.TotalBytes > 0 ? $", {HumanFormat.Size(step.Bytes)} of {HumanFormat.Size(step.TotalBytes)}" : step.Bytes > 0 ? $", {HumanFormat.Size(step.Bytes)}" : string.Empty;
            yield return $"step      {Printable.Line(step.Name)}: {took}{bytes}";
        }

        if (operation.Error is { } error) yield return $"error     {Printable.Line(error)}";
        if (operation.Hint is { } hint) yield return $"hint      {Printable.Line(hint)}";
        foreach (var line in operation.Unreadable) yield return $"damage    {Printable.Line(line)}";
        foreach (var line in InterruptedOperations.Advice(operation)) yield return $"now       {line}";
    }
}
