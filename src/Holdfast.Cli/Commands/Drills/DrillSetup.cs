using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Scratch;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Commands.Drills;

/// <summary>What every drill of a session has in common.</summary>
internal static class DrillSetup
{
    /// <param name="session">Names repository, places and manifest.</param>
    /// <param name="stored">What to drill.</param>
    /// <param name="scratch">The folder for the copy as it was given; null for one with room.</param>
    internal static DrillOptions Options(Session session, StoredSnapshot stored, string? scratch)
    {
        var options = session.Surroundings(TimeSpan.Zero).Drill(stored);
        return scratch is null ? options : options with { ScratchCandidates = ScratchPlaces.Only(FilePath.Absolute(scratch, session.CurrentDirectory)) };
    }

    /// <exception cref="HoldfastException">Usage: no manifest says how.</exception>
    internal static BootOptions Boot(Session session)
    {
        var application = session.Manifest?.Application;
        return application?.Drill.Boot is { } boot
            ? new BootOptions(boot, FilePath.From(application.Root), ProgramEnvironment.Of(application))
            : throw new HoldfastException(
                FailureKind.Usage, "nothing says how the application is started on a restored copy", "write `drill.boot` into holdfast.yaml: a command with {root} and {port}, and a health question");
    }
}
