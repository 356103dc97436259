namespace Holdfast.Engine.Manifest;

/// <summary>What happens around a backup.</summary>
public sealed record BackupDeclaration
{
    public const double DefaultSuspiciousDrop = 0.5;

    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Programs run before, one after the other; one that fails stops the backup.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Before { get; init; } = [];

    /// <summary>Programs run afterwards, whether the backup has failed or not.</summary>
    public IReadOnlyList<IReadOnlyList<string>> After { get; init; } = [];

    /// <summary>Makes the application pause its writes; null when it need not.</summary>
    public QuiesceDeclaration? Quiesce { get; init; }

    /// <summary>How long each of these programs may take.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>A backup whose bytes or rows fell by more than this share since the last proven one is suspicious; 0 to 1.</summary>
    public double SuspiciousDrop { get; init; } = DefaultSuspiciousDrop;

    /// <summary>Which backups are kept; null for all.</summary>
    public KeepDeclaration? Keep { get; init; }
}

/// <param name="Pause">The program that makes the application pause its writes.</param>
/// <param name="Resume">The program that lets it go on; always run once Pause was begun.</param>
public sealed record QuiesceDeclaration(IReadOnlyList<string> Pause, IReadOnlyList<string> Resume);
