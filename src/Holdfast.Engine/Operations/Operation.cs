using System.Text.Json;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Operations;

/// <summary>One run of anything, as the journal knows it.</summary>
public sealed record Operation
{
    /// <summary>In place of a time that cannot be read.</summary>
    public static DateTimeOffset UnknownTime { get; } = DateTimeOffset.UnixEpoch;

    /// <summary>Counts up; what a person names it by.</summary>
    public required long Number { get; init; }

    /// <summary>The application's name.</summary>
    public required string Application { get; init; }

    /// <summary><see cref="ApplicationKey.Place"/>.</summary>
    public required string Place { get; init; }

    /// <summary>What it does; one of <see cref="OperationKind"/>.</summary>
    public required string Kind { get; init; }

    public required OperationState State { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Null while it runs, and when it was interrupted.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The process at it.</summary>
    public required ProcessIdentity Owner { get; init; }

    /// <summary>The boot of the machine that <see cref="Owner"/> is of.</summary>
    public required string Boot { get; init; }

    public required string User { get; init; }

    public required string Program { get; init; }

    /// <summary>One line that says what was asked for.</summary>
    public required string Title { get; init; }

    /// <summary>What was asked for, as the operation's own JSON document; what it is resumed by.</summary>
    public string? Request { get; init; }

    /// <summary>What must be put back to undo it, as the operation's own JSON document; null while there is nothing.</summary>
    public string? Undo { get; init; }

    /// <summary>What it came to, as the operation's own JSON document.</summary>
    public string? Result { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    public string? Hint { get; init; }

    /// <summary>In the order in which they were begun.</summary>
    public IReadOnlyList<OperationStep> Steps { get; init; } = [];

    /// <summary>What of its entry cannot be read, sentences: a disk has lost bytes, or a newer version wrote it. What they are about is empty here.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>The name of the step that it is at or ended at; null before the first.</summary>
    public string? LastStep => Steps.Count == 0 ? null : Steps[^1].Name;

    /// <summary>It has left something between two states, and nobody is at it: nothing else may change the application before that is settled.</summary>
    public bool NeedsSettling => Undo is not null && State != OperationState.Running;

    /// <summary>The property of <see cref="Undo"/> that says that everything is as before, and only the application may not run.</summary>
    internal const string StandstillProperty = "Standstill";

    /// <summary>What is left of it to be seen to is only that the application runs: its files are as they were, and it is in nobody's way.</summary>
    public bool IsStandstill => NeedsSettling && HasStandstill(Undo!);

    private static bool HasStandstill(string undo)
    {
        try
        {
            using var document = JsonDocument.Parse(undo);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(StandstillProperty, out var why) && why.ValueKind == JsonValueKind.String;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Makes sure that it can be resumed or undone.</summary>
    /// <exception cref="HoldfastException">Usage: it runs, or has come to its end. Damaged: nobody can tell.</exception>
    public void RequireUnfinished()
    {
        if (State == OperationState.Interrupted || NeedsSettling) return;
        if (State == OperationState.Unreadable)
        {
            throw new HoldfastException(
                FailureKind.Damaged,
                $"what the journal remembers of operation {Number} cannot be read: {string.Join("; ", Unreadable)}",
                $"it has left nothing to be put back: `holdfast operations forget {Number}` takes it out of the journal");
        }

        throw State == OperationState.Running
            ? new HoldfastException(FailureKind.Usage, $"operation {Number} is running", "wait for its end")
            : new HoldfastException(
                FailureKind.Usage, $"operation {Number} has come to its end: there is nothing to resume or undo", "`holdfast rollback` takes back the last restore");
    }
}

/// <param name="Name">A short phrase.</param>
/// <param name="Ended">Null for a step that was not ended.</param>
/// <param name="Bytes">Bytes done in it.</param>
/// <param name="TotalBytes">Bytes it has to do; 0 when that is not known.</param>
public sealed record OperationStep(string Name, DateTimeOffset Started, DateTimeOffset? Ended, long Bytes, long TotalBytes);

/// <summary>What operations do; their names in the journal.</summary>
public static class OperationKind
{
    public const string Backup = "backup";
    public const string Drill = "drill";
    public const string Check = "check";
    public const string Prune = "prune";
    public const string Repair = "repair";
    public const string Copy = "copy";
    public const string Restore = "restore";

    /// <summary>To another folder: the application is left alone, and there is nothing to roll back.</summary>
    public const string RestoreToTarget = "restore --target";
    public const string Rollback = "rollback";

    /// <summary>Of one database of a server, by itself: it is put back or finished as a restore, and there is nothing to roll back.</summary>
    public const string DatabaseRestore = "db restore";
    public const string Export = "export";
    public const string Import = "import";
    public const string Verify = "verify";
    public const string Forget = "forget";
}

/// <summary>What has become of an operation.</summary>
public enum OperationState
{
    Running,

    /// <summary>Its process is gone before its end. Never stored: found out when the journal is read.</summary>
    Interrupted,

    Done,

    /// <summary>Done, but for something that is told in the result.</summary>
    DoneInPart,

    Failed,

    /// <summary>The user asked it to stop, and it put things in order first.</summary>
    Cancelled,

    /// <summary>It was interrupted, and what it had changed was put back.</summary>
    Undone,

    /// <summary>It was interrupted, and what it was asked for was done again.</summary>
    Repeated,

    /// <summary>It was done, and a later operation brought back what was there before.</summary>
    RolledBack,

    /// <summary>What is stored is no state that this program knows. Never stored itself.</summary>
    Unreadable,
}
