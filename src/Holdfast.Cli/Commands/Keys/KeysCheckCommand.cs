using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Keys;
using Holdfast.Engine.State;
using Holdfast.Restic.Format;

namespace Holdfast.Cli.Commands.Keys;

/// <summary><c>holdfast keys check</c>: whether the configured passphrase still opens the repository.</summary>
internal sealed class KeysCheckCommand : ISessionCommand
{
    public Command Describe() => new("check", "Say whether the configured passphrase still opens the repository, and remember when it did.");

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var record = await KeyCheck.RunAsync(
            session.OpenRepositoryAsync, session.Address().Place, session.StateFolder, session.Clock, cancellationToken);
        session.Screen.Marked(Mark.Good, $"the passphrase opens the repository, with key {record.Key.Short}");
        session.Screen.Json(
            new KeyCheckDocument(record.Repository.ToString(), record.Key.ToString(), Timestamp.FromDateTimeOffset(record.At).ToString()), CliJson.Default.KeyCheckDocument);
        return ExitCode.Done;
    }
}
