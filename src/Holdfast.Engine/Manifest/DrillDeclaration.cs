namespace Holdfast.Engine.Manifest;

/// <summary>When and how backups are proven.</summary>
public sealed record DrillDeclaration
{
    public static TimeSpan DefaultBudget { get; } = TimeSpan.FromMinutes(5);

    /// <summary>A backup is proven right after it is made, as long as that is expected to fit the budget.</summary>
    public bool AfterBackup { get; init; }

    public TimeSpan Budget { get; init; } = DefaultBudget;

    /// <summary>How the application itself is started on a restored copy; null when it is not.</summary>
    public BootDeclaration? Boot { get; init; }
}

/// <summary>The application started on a restored copy.</summary>
/// <param name="Command">The program and its arguments; <c>{root}</c> stands for the restored root and <c>{port}</c> for a free port.</param>
/// <param name="Environment">Variables to set, with the same placeholders.</param>
/// <param name="Health">What tells that it works, with the same placeholders in its text.</param>
public sealed record BootDeclaration(
    IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment, BootHealth Health);

/// <param name="Url">A URL that must answer with a status from 200 to 299; null when a command is asked.</param>
/// <param name="Command">A program that must exit with 0; null when a URL is asked.</param>
/// <param name="Timeout">How long it may take until it is healthy.</param>
public sealed record BootHealth(string? Url, IReadOnlyList<string>? Command, TimeSpan Timeout);
