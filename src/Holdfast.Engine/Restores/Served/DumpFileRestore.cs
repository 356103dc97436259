using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>
/// Restores a dump that is a file into a server: <see cref="ServedPlacement"/> says how. What it should hold is not known, so that it is only proven to
/// restore without an error.
/// </summary>
/// <param name="file">The dump.</param>
/// <param name="options">Where to.</param>
/// <param name="clock">Of the restore.</param>
/// <param name="progress">Of the restore.</param>
public sealed class DumpFileRestore(FilePath file, ServedTargetOptions options, TimeProvider clock, OperationProgress progress)
{
    /// <summary>Told what must be put back should the process end: durable when it returns. Null for nothing any more.</summary>
    public Action<string?> SaveUndo { get; init; } = static _ => { };

    /// <summary>Looks at the file and the server; changes nothing.</summary>
    /// <exception cref="HoldfastException">NotFound: there is no such file. Usage: it is no dump. Unavailable: the server.</exception>
    public Task<ServedRestorePlan> PlanAsync(CancellationToken cancellationToken) => Placement().PlanAsync(cancellationToken);

    /// <summary>Does it. What stands in the way is looked at again.</summary>
    /// <exception cref="HoldfastException">It was not done; a database that had the name has it still, and nothing is left behind.</exception>
    public Task<ServedRestoreResult> ExecuteAsync(CancellationToken cancellationToken) => Placement().ExecuteAsync(cancellationToken);

    private ServedPlacement Placement()
    {
        progress.Begin("reading the file");
        var dump = new DumpFile(file);
        var source = new DumpSource(
            new DumpDescription($"\"{file.Display}\"", dump.Format(), null, (long)FileSystem.Status(file, followLinks: true).Size), dump.CopyAsync);
        return new ServedPlacement(source, options, clock, progress) { SaveUndo = SaveUndo };
    }
}
