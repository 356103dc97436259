using Holdfast.Bench.Writers;

namespace Holdfast.Bench.Peers;

/// <summary>One round of one tool: first backup, backup after the change, and each way to restore.</summary>
/// <param name="Stored">Bytes in the repository after the first backup.</param>
/// <param name="Added">Bytes that the second backup added.</param>
internal sealed record ToolRun(Measurement First, long Stored, Measurement Changed, long Added, IReadOnlyList<Measurement> Restores);

internal sealed record ToolResult(BackupTool Tool, IReadOnlyList<ToolRun> Runs)
{
    public double Seconds(Func<ToolRun, Measurement> job) => Runs.Select(run => job(run).Seconds).Median();

    public double PeakBytes(Func<ToolRun, Measurement> job) => Runs.Max(run => job(run).PeakBytes);

    public double Bytes(Func<ToolRun, long> number) => Runs.Select(run => (double)number(run)).Median();

    /// <summary>The restore that verifies most.</summary>
    public static Measurement Verified(ToolRun run) => run.Restores[^1];
}

/// <summary>Holdfast with the large database: backup, backup again, restore.</summary>
internal sealed record LargeResult(long Size, long Stored, Measurement First, Measurement Again, Measurement Restore);

/// <summary>The live writer without and with a backup of its database.</summary>
internal sealed record WriterResult(string Synchronous, int Backups, Latencies Idle, Latencies During);

/// <param name="PreparedBy">Seconds that <c>sqlite3 .backup</c> took to make the copy that the others need.</param>
internal sealed record PeersReport(
    PeersOptions Options,
    Machine Machine,
    PageShare Change,
    double PreparedBy,
    IReadOnlyList<ToolResult> Tools,
    LargeResult? Large,
    IReadOnlyList<WriterResult> Writers)
{
    public ToolResult Restic => Tools[0];

    public ToolResult Holdfast => Tools[^1];
}

/// <summary>How many pages differ between the two states of the database.</summary>
internal sealed record PageShare(long Changed, long Pages);
