using Holdfast.Restic.Forgetting;

namespace Holdfast.Engine.Manifest;

/// <summary>Which backups are kept when there are many.</summary>
public sealed record KeepDeclaration
{
    /// <summary>How long a safety snapshot is kept where nobody says; long enough to notice that a restore was a mistake.</summary>
    public static CalendarSpan DefaultSafety { get; } = new(0, 0, 30, 0);

    public required KeepPolicy Policy { get; init; }

    /// <summary>How long what a restore has saved of the state before it is kept, counted back from the newest snapshot.</summary>
    public CalendarSpan Safety { get; init; } = DefaultSafety;
}
