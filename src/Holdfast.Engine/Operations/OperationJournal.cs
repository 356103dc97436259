using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Operations;

/// <summary>What ran, runs and was interrupted on this machine, in the local state. Used by one thread at a time.</summary>
public sealed class OperationJournal
{
    /// <summary>Operations of one application that are remembered; what can still be undone or resumed always is.</summary>
    private const int MostKept = 1000;

    // One that this program does not know may be of something that has no end, whatever a newer one says of it.
    private static readonly string Ended = string.Join(
        ", ",
        Enum.GetValues<OperationState>().Except([OperationState.Running, OperationState.Interrupted, OperationState.Unreadable]).Select(state => $"'{state}'"));

    private readonly LocalState _state;
    private readonly string _boot = BootIdentity.Current();

    public OperationJournal(LocalState state) => _state = state;

    /// <summary>Where it is.</summary>
    internal FilePath StateFolder => _state.Folder;

    /// <summary>Operations, the newest first, with their steps.</summary>
    /// <param name="place">Of one application only, and those of which nobody can tell; null for all.</param>
    /// <param name="limit">At most so many.</param>
    public IReadOnlyList<Operation> List(string? place, int limit) =>
        [.. Read($"where $place is null or place = $place or typeof(place) <> 'text' order by number desc limit {limit.ToString(CultureInfo.InvariantCulture)}", ("$place", place))];

    /// <exception cref="HoldfastException">NotFound.</exception>
    public Operation Get(long number) => Read("where number = $number", ("$number", number)).SingleOrDefault()
        ?? throw new HoldfastException(FailureKind.NotFound, $"there is no operation {number}", "`holdfast operations list` shows what there is");

    /// <summary>Those of an application that run now, or seem to.</summary>
    public IReadOnlyList<Operation> Running(string place) => [.. Unfinished(place).Where(operation => operation.State == OperationState.Running)];

    /// <summary>Those that run, were interrupted, could not put everything back, or of which that cannot be told; the oldest first.</summary>
    /// <param name="place">Of one application only, and those of which nobody can tell; null for all.</param>
    public IReadOnlyList<Operation> Unfinished(string? place) => Read(
        $"where (state not in ({Ended}) or undo is not null) and ($place is null or place = $place or typeof(place) <> 'text') order by number",
        ("$place", place));

    /// <summary>One that left the application between two states: nothing else may change it before that is settled.</summary>
    public Operation? Unsettled(string place) =>
        Unfinished(place).FirstOrDefault(operation => operation is { NeedsSettling: true, IsStandstill: false });

    /// <summary>Makes the entry of an operation that begins.</summary>
    /// <returns>Its number.</returns>
    internal long Begin(ApplicationKey application, OperationRequest request, DateTimeOffset now)
    {
        var number = 0L;
        var owner = ProcessIdentity.Current();
        Durably(() => _state.InTransaction(() =>
        {
            _state.Execute(
                """
                insert into operations(application, place, kind, state, started, owner_id, owner_start, boot, user, program, title, request)
                values($application, $place, $kind, $state, $started, $owner, $start, $boot, $user, $program, $title, $request)
                """,
                ("$application", application.Name),
                ("$place", application.Place),
                ("$kind", request.Kind),
                ("$state", nameof(OperationState.Running)),
                ("$started", OperationRow.TextOf(now)),
                ("$owner", owner.Id),
                ("$start", (long)owner.StartTicks),
                ("$boot", _boot),
                ("$user", request.User),
                ("$program", request.Program),
                ("$title", request.Title),
                ("$request", request.Json));
            number = _state.Query("select last_insert_rowid()", row => row.GetInt64(0)).Single();
            Forget(application.Place);
        }));
        return number;
    }

    /// <summary>This process goes on with an interrupted operation.</summary>
    internal void Adopt(long number)
    {
        var owner = ProcessIdentity.Current();
        Durably(() => _state.Execute(
            "update operations set owner_id = $owner, owner_start = $start, boot = $boot, state = $state, error = null, hint = null where number = $number",
            ("$owner", owner.Id),
            ("$start", (long)owner.StartTicks),
            ("$boot", _boot),
            ("$state", nameof(OperationState.Running)),
            ("$number", number)));
    }

    /// <summary>A kill of the process cannot lose it; a power cut may.</summary>
    internal void AddStep(long number, int position, OperationStep step) => _state.Execute(
        """
        insert into operation_steps(operation, position, name, started, ended, bytes, total_bytes)
        values($operation, $position, $name, $started, $ended, $bytes, $total)
        on conflict(operation, position) do update set ended = $ended, bytes = $bytes, total_bytes = $total
        """,
        ("$operation", number),
        ("$position", position),
        ("$name", step.Name),
        ("$started", OperationRow.TextOf(step.Started)),
        ("$ended", step.Ended is { } ended ? OperationRow.TextOf(ended) : null),
        ("$bytes", step.Bytes),
        ("$total", step.TotalBytes));

    /// <summary>Replaces what must be put back; durable when this returns.</summary>
    internal void SaveUndo(long number, string? undo) =>
        Durably(() => _state.Execute("update operations set undo = $undo where number = $number", ("$undo", undo), ("$number", number)));

    /// <summary>The end of an operation, with what is still to be put back in the same instant. Durable when this returns.</summary>
    internal void End(long number, OperationOutcome outcome, string? undo, DateTimeOffset now) => Durably(() => _state.Execute(
        """
        update operations set state = $state, ended = $ended, result = coalesce($result, result), error = $error, hint = $hint, undo = $undo
        where number = $number
        """,
        ("$state", outcome.State.ToString()),
        ("$ended", OperationRow.TextOf(now)),
        ("$result", outcome.Json),
        ("$error", outcome.Error),
        ("$hint", outcome.Hint),
        ("$undo", undo),
        ("$number", number)));

    /// <summary>How an operation that was done is seen now.</summary>
    internal void Mark(long number, OperationState state) => Durably(() => _state.Execute(
        "update operations set state = $state where number = $number", ("$state", state.ToString()), ("$number", number)));

    /// <summary>What has become of an operation, if it still counts as interrupted and has left nothing to be put back.</summary>
    internal void MarkInterrupted(long number, OperationState state) => Durably(() => _state.Execute(
        "update operations set state = $state where number = $number and state = $running and undo is null",
        ("$state", state.ToString()),
        ("$running", nameof(OperationState.Running)),
        ("$number", number)));

    private List<Operation> Read(string where, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var operations = _state.Query($"select {OperationRow.Columns} from operations {where}", row => new OperationRow(row).Read(_boot), parameters);
        return [.. operations.Select(WithSteps)];
    }

    private Operation WithSteps(Operation operation)
    {
        var steps = _state.Query(
            "select name, started, ended, bytes, total_bytes from operation_steps where operation = $number order by position",
            row => new OperationRow(row).ReadStep(),
            ("$number", operation.Number));
        var unreadable = steps.Count(step => step is null);
        return operation with
        {
            Steps = [.. steps.OfType<OperationStep>()],
            Unreadable = unreadable == 0 ? operation.Unreadable : [.. operation.Unreadable, $"{unreadable} of its steps cannot be read"],
        };
    }

    private void Forget(string place) => _state.Execute(
        """
        delete from operations where place = $place and state <> 'Running' and undo is null and number not in (
            select number from operations where place = $place order by number desc limit $limit)
        """,
        ("$place", place),
        ("$limit", MostKept));

    // Steps are written without waiting for the disk (https://sqlite.org/pragma.html#pragma_synchronous): what must be put back is not.
    private void Durably(Action write)
    {
        _state.Execute("PRAGMA synchronous=FULL");
        write();
        _state.Execute("PRAGMA synchronous=NORMAL");
    }
}
