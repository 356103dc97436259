using System.CommandLine;
using Holdfast.Cli.Commands;
using Holdfast.Engine.Files;

namespace Holdfast.Cli.Demo;

/// <summary><c>holdfast demo</c>: the whole of Holdfast on a live application, in a temporary folder, without questions.</summary>
internal sealed class DemoCommand : ISessionCommand
{
    internal const string Name = "demo";
    internal const string ApplicationOption = "--application";

    private readonly Option<string?> _application = new(ApplicationOption) { Hidden = true };

    public Command Describe()
    {
        var command = new Command(Name, "Show it all on a live application in a temporary folder.");
        command.Options.Add(_application);
        return command;
    }

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_application) is { } folder)
        {
            await DemoApplication.RunAsync(FilePath.From(folder), session.Clock, cancellationToken);
            return ExitCode.Done;
        }

        var parent = FilePath.From(Path.GetTempPath());
        ScratchDirectory.RemoveLeftovers(parent);
        await using var scratch = ScratchDirectory.Create(parent);
        await new DemoStory(session, scratch.Path).TellAsync(cancellationToken);
        return ExitCode.Done;
    }
}
