using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Operations;

/// <summary>
/// One entry of the journal as it is stored. SQLite keeps any type in any column (https://sqlite.org/datatype3.html), a disk loses bytes, and a newer
/// program knows other states: what cannot be read is told, and the rest is read all the same.
/// </summary>
internal sealed class OperationRow(DbDataReader row)
{
    internal const string Columns =
        "number, application, place, kind, state, started, ended, owner_id, owner_start, boot, user, program, title, request, undo, result, error, hint";

    private const int LongestShown = 40;

    private readonly List<string> _unreadable = [];

    /// <param name="boot">The present boot of this machine.</param>
    internal Operation Read(string boot)
    {
        var stored = State();
        var owner = Owner();
        var ownerBoot = Text(9, "the boot of its process");
        var operation = new Operation
        {
            Number = row.GetInt64(0),
            Application = Text(1, "its application"),
            Place = Text(2, "the place of its application"),
            Kind = Text(3, "its kind"),
            State = stored == OperationState.Running && !(ownerBoot == boot && owner.IsAlive()) ? OperationState.Interrupted : stored,
            Started = Time(5, "its start") ?? Operation.UnknownTime,
            Ended = row.IsDBNull(6) ? null : Time(6, "its end"),
            Owner = owner,
            Boot = ownerBoot,
            User = Text(10, "its user"),
            Program = Text(11, "its program"),
            Title = Text(12, "its title"),
            Request = TextOrNull(13, "what was asked for"),
            // Whatever it is, there is something to be put back.
            Undo = TextOrNull(14, "what must be put back"),
            Result = Json(15, "its result"),
            Error = TextOrNull(16, "its error"),
            Hint = TextOrNull(17, "its hint"),
        };
        return operation with { Unreadable = _unreadable };
    }

    /// <returns>The step; null when it cannot be read. Of the columns name, started, ended, bytes, total_bytes.</returns>
    internal OperationStep? ReadStep()
    {
        if (Value(0) is not string name || Parse(Value(1)) is not { } started || Value(3) is not long bytes || Value(4) is not long total) return null;
        return new OperationStep(name, started, Parse(Value(2)), bytes, total);
    }

    internal static string TextOf(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private OperationState State()
    {
        if (Value(4) is string text && Enum.TryParse<OperationState>(text, out var state) && state.ToString() == text) return state;
        _unreadable.Add(Value(4) is string unknown
            ? $"its state \"{PrintableName.Escape(unknown.Length > LongestShown ? unknown[..LongestShown] : unknown)}\" is none that this version knows"
            : "its state cannot be read");
        return OperationState.Unreadable;
    }

    private ProcessIdentity Owner()
    {
        if (Value(7) is long and >= 0 and <= int.MaxValue and var id && Value(8) is long start) return new ProcessIdentity((int)id, (ulong)start);
        _unreadable.Add("its process cannot be read");
        return new ProcessIdentity(0, 0);
    }

    private string Text(int column, string what) => Value(column) as string ?? Unreadable(what) ?? string.Empty;

    private string? TextOrNull(int column, string what) => row.IsDBNull(column) ? null : Text(column, what);

    private DateTimeOffset? Time(int column, string what)
    {
        if (Parse(Value(column)) is { } time) return time;
        Unreadable(what);
        return null;
    }

    private string? Json(int column, string what)
    {
        if (row.IsDBNull(column)) return null;
        try
        {
            if (Value(column) is not string text) return Unreadable(what);
            using var document = JsonDocument.Parse(text);
            return text;
        }
        catch (JsonException)
        {
            return Unreadable(what);
        }
    }

    private string? Unreadable(string what)
    {
        _unreadable.Add($"{what} cannot be read");
        return null;
    }

    private object Value(int column) => row.GetValue(column);

    private static DateTimeOffset? Parse(object value) =>
        value is string text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time : null;
}
