using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Restores.Lifecycle;

namespace Holdfast.Cli.Commands.Operations;

/// <summary><c>holdfast operations forget N</c>: takes one out of the journal that nobody can bring to its end.</summary>
internal sealed class OperationsForgetCommand : ISessionCommand
{
    private readonly OperationNumber _number = new();

    private readonly Option<bool> _force = new("--force") { Description = "Also one that could be undone: nobody puts anything back then." };

    public Command Describe()
    {
        var command = new Command("forget", "Take an operation out of the journal that cannot be read or undone; its entry is kept in a file.");
        _number.AddTo(command);
        command.Options.Add(_force);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var number = _number.Value(arguments);
        var forgotten = ForgottenOperation.Forget(session.StateFolder, session.Identity.HostName, number, arguments.GetValue(_force));
        session.Screen.Line($"operation {number} is out of the journal; its entry is kept in \"{forgotten.File.Display}\"");
        if (forgotten.Marker is { } marker)
            session.Screen.Notice($"\"{marker.Display}\" still tells everybody that it has not come to its end: remove that file when the application is in order, or restore with --over-interrupted");
        session.Screen.Json(new ForgottenDocument(number, forgotten.File.Display, forgotten.Marker?.Display), CliJson.Default.ForgottenDocument);
        return Task.FromResult(ExitCode.Done);
    }
}
