using System.CommandLine;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Options;

/// <summary>What only a restore in place understands; the same for a rollback.</summary>
internal sealed class InPlaceOptions
{
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask: for scripts." };

    private readonly Option<bool> _start = new("--start") { Description = "Start the application in the end also when it did not run before." };

    private readonly Option<bool> _delete = new("--delete")
    {
        Description = "Remove also what restored folders hold that is not in the snapshot; the safety snapshot keeps it.",
    };

    private readonly Option<bool> _noSafety = new("--no-safety")
    {
        Description = "Do not save the present state first: it is lost, and there is no rollback.",
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Restore also databases whose foreign keys, expected tables or assertions do not hold, and a snapshot that was made between two states.",
    };

    private readonly Option<bool> _overInterrupted = new("--over-interrupted")
    {
        Description = "Go over an interrupted restore whose journal is lost or another user's, which nobody can resume or undo any more.",
    };

    private readonly Option<bool> _endConnections = new("--end-connections") { Description = "End the connections to PostgreSQL databases that are replaced." };

    private readonly WaitOption _wait = new();

    private IEnumerable<Option> All => [_yes, _start, _delete, _noSafety, _force, _overInterrupted, _endConnections, _wait.Option];

    internal void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    internal bool IsConfirmed(ParseResult arguments) => arguments.GetValue(_yes);

    internal bool GoesOver(ParseResult arguments) => arguments.GetValue(_overInterrupted);

    internal TimeSpan Wait(ParseResult arguments) => _wait.Value(arguments);

    internal RestoreRequest Apply(ParseResult arguments, RestoreRequest request) => request with
    {
        Start = arguments.GetValue(_start),
        Delete = arguments.GetValue(_delete),
        AcceptsContent = arguments.GetValue(_force),
        AcceptsMixture = arguments.GetValue(_force),
        OverInterrupted = arguments.GetValue(_overInterrupted),
        EndConnections = arguments.GetValue(_endConnections),
        Safety = !arguments.GetValue(_noSafety),
    };

    /// <summary>Those that a restore of one database of a server understands, too, as words of its command line.</summary>
    /// <exception cref="HoldfastException">Usage: another one was given.</exception>
    internal IReadOnlyList<string> OfDatabase(ParseResult arguments)
    {
        foreach (var option in All.Where(option => option != _yes && option != _endConnections && option != _wait.Option && arguments.GetResult(option) is { Implicit: false }))
            throw new HoldfastException(FailureKind.Usage, $"{option.Name} is for a restore of the application, not for one of a dump");
        var wait = Wait(arguments).TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return [.. arguments.GetValue(_yes) ? ["--yes"] : Array.Empty<string>(), .. arguments.GetValue(_endConnections) ? ["--end-connections"] : Array.Empty<string>(), "--wait", wait];
    }

    /// <exception cref="HoldfastException">Usage: one of these was given for a restore to another folder.</exception>
    internal void RefuseWithTarget(ParseResult arguments)
    {
        foreach (var option in All.Where(option => option != _yes && arguments.GetResult(option) is { Implicit: false }))
            throw new HoldfastException(FailureKind.Usage, $"{option.Name} is for a restore in place, not for one with --target");
    }
}
