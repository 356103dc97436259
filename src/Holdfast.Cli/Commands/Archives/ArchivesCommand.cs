using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Output;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Commands.Archives;

/// <summary><c>holdfast archives [list]</c>: the archives in the folders that the manifest declares.</summary>
internal sealed class ArchivesCommand : ISessionCommand
{
    private const string List = "list";

    private readonly Argument<string> _action = new("ACTION") { Description = "`list`, which is the default.", DefaultValueFactory = _ => List };

    public ArchivesCommand() => _action.AcceptOnlyFromAmong(List);

    public Command Describe()
    {
        var command = new Command("archives", "List the archives in the folders that the manifest declares.");
        command.Arguments.Add(_action);
        return command;
    }

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var folders = ArchivePlaces.Folders(session);
        if (folders.Count == 0)
            throw new HoldfastException(FailureKind.Usage, "no folder of archives is declared", "write `archives:` into the manifest, or make one archive with `holdfast export --output FILE`");
        foreach (var missing in ArchivePlaces.Missing(session)) session.Screen.Warning(missing);
        var items = folders.SelectMany(folder => folder.List().Select(archive => ArchiveDocuments.Of(folder, archive))).ToList();
        foreach (var item in items)
        {
            var time = HumanFormat.Time(DateTimeOffset.Parse(item.Time, CultureInfo.InvariantCulture), session.Clock.LocalTimeZone);
            var marks = new[] { item.Encrypted ? "encrypted" : null, item.Verified ? "verified" : null, item.Own ? null : "not made here", item.Doubt }.OfType<string>();
            session.Screen.Line($"{time}  {HumanFormat.Size(item.Bytes),10}  {item.Name}  {string.Join(", ", marks)}");
        }

        if (items.Count == 0) session.Screen.Line("there are no archives yet");
        session.Screen.Json(items, CliJson.Default.IReadOnlyListArchiveListItem);
        return Task.FromResult(0);
    }
}
