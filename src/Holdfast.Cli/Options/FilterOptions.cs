using System.CommandLine;
using Holdfast.Cli.Commands;
using Holdfast.Engine.Files;
using Holdfast.Engine.Jobs;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Cli.Options;

/// <summary>The options by which snapshots are filtered, the same in every command that looks for some.</summary>
internal sealed class FilterOptions
{
    private readonly Option<string?> _before = new("--before")
    {
        Description = "Only what was made at or before this time, such as \"2026-01-05 14:30\", \"yesterday 14:30\", 2h or 3d (ago).",
        HelpName = "TIME",
    };

    private readonly Option<bool> _proven = new("--proven") { Description = "Only what a drill has proven." };

    private readonly Option<string?> _application = new("--application") { Description = "Only snapshots of this application.", HelpName = "NAME" };

    private readonly Option<string[]> _host = new("--host") { Description = "Only snapshots of this host; may be repeated.", HelpName = "HOST" };

    private readonly Option<string[]> _tag = new("--tag") { Description = "Only snapshots with this tag; repeated, with all of them.", HelpName = "TAG" };

    private readonly Option<string[]> _path = new("--path") { Description = "Only backups of this path; repeated, of all of them.", HelpName = "PATH" };

    internal void AddTo(Command command)
    {
        command.Options.Add(_before);
        command.Options.Add(_proven);
        command.Options.Add(_application);
        command.Options.Add(_host);
        command.Options.Add(_tag);
        command.Options.Add(_path);
    }

    /// <summary>What was asked for. What was decided about an unclear time is told.</summary>
    internal RestorePointFilter Filter(Session session, ParseResult arguments) => new()
    {
        Application = arguments.GetValue(_application),
        Hosts = arguments.GetValue(_host) ?? [],
        Tags = arguments.GetValue(_tag) ?? [],
        Paths = [.. (arguments.GetValue(_path) ?? []).Select(path => FilePath.Absolute(path, session.CurrentDirectory).ToString())],
        Before = arguments.GetValue(_before) is { } before ? Time(session, before).Last : null,
        Proven = arguments.GetValue(_proven),
    };

    /// <summary>The same as it was given, for the journal.</summary>
    internal CopyRequest Asked(ParseResult arguments, CopyRequest request) => request with
    {
        Before = arguments.GetValue(_before),
        Proven = arguments.GetValue(_proven),
        Application = arguments.GetValue(_application),
        Hosts = arguments.GetValue(_host) ?? [],
        Tags = arguments.GetValue(_tag) ?? [],
        Paths = arguments.GetValue(_path) ?? [],
    };

    internal static TimeExpression Time(Session session, string text)
    {
        var time = TimeExpression.Parse(text, session.Clock);
        if (time.Notice is { } notice) session.Screen.Notice(notice);
        return time;
    }
}
