using System.Text.Json;
using Holdfast.Engine.Operations;
using Holdfast.Engine.Progress;

namespace Holdfast.Cli.Output;

/// <summary>An operation as --json shows it.</summary>
internal sealed record OperationDocument(
    long Number,
    string Application,
    string Place,
    string Kind,
    string Title,
    string State,
    string? Started,
    string? Ended,
    int Process,
    string User,
    string Program,
    IReadOnlyList<OperationStepDocument> Steps,
    bool NeedsSettling,
    string? Error,
    string? Hint,
    JsonElement? Result,
    IReadOnlyList<string> Unreadable)
{
    internal static OperationDocument Of(Operation operation) => new(
        operation.Number,
        operation.Application,
        operation.Place,
        operation.Kind,
        operation.Title,
        Word(operation.State),
        operation.Started == Operation.UnknownTime ? null : Text(operation.Started),
        operation.Ended is { } ended ? Text(ended) : null,
        operation.Owner.Id,
        operation.User,
        operation.Program,
        [.. operation.Steps.Select(step => new OperationStepDocument(
            step.Name, Text(step.Started), step.Ended is { } stepEnded ? Text(stepEnded) : null, step.Bytes, step.TotalBytes))],
        operation.NeedsSettling,
        operation.Error,
        operation.Hint,
        operation.Result is { } result ? JsonElement.Parse(result) : null,
        operation.Unreadable);

    /// <summary>When it was started, for people.</summary>
    internal static string Start(Operation operation, TimeZoneInfo zone) =>
        operation.Started == Operation.UnknownTime ? "at an unknown time" : HumanFormat.Time(operation.Started, zone);

    internal static string Word(OperationState state) => state switch
    {
        OperationState.DoneInPart => "done in part",
        OperationState.RolledBack => "rolled back",
        _ => state.ToString().ToLowerInvariant(),
    };

    private static string Text(DateTimeOffset time) => Restic.Format.Timestamp.FromDateTimeOffset(time).ToString();
}

/// <summary>One step of an operation.</summary>
internal sealed record OperationStepDocument(string Name, string Started, string? Ended, long Bytes, long TotalBytes);

/// <summary>What has become of an entry that was taken out of the journal.</summary>
internal sealed record ForgottenDocument(long Operation, string File, string? Marker);

/// <summary>What an undo came to.</summary>
internal sealed record UndoDocument(long Operation, string Outcome);
