using System.Text;
using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Bench.Histories;

/// <summary>A repository with many snapshots and nothing behind them: for what reads snapshots alone.</summary>
internal static class SnapshotHistory
{
    private static readonly ClientIdentity Identity = new("bench", "bench", Environment.ProcessId, 0, 0);

    /// <summary>One snapshot every four hours back from now, of one application, with the fields that a backup writes.</summary>
    public static async Task GenerateAsync(string folder, int count, string passphrase, CancellationToken cancellationToken)
    {
        var options = new RepositoryOptions { KeyCost = new ScryptParameters(1024, 8, 1) };
        using var repository = await Repository.InitializeAsync(
            new LocalBackend(folder), Encoding.UTF8.GetBytes(passphrase), options, Identity, TimeProvider.System, cancellationToken);
        var newest = TimeProvider.System.GetLocalNow();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), cancellationToken, async (number, token) =>
        {
            var time = Timestamp.FromDateTimeOffset(newest - TimeSpan.FromHours(4 * number));
            var snapshot = new Snapshot
            {
                Time = time,
                Tree = Id.Random(),
                Parent = Id.Random(),
                Paths = ["/srv/bench/data/app.db", "/srv/bench/config.yaml", "/srv/bench/uploads"],
                Hostname = "bench",
                Username = "bench",
                Tags = ["app=bench"],
                ProgramVersion = "holdfast bench",
                Summary = new SnapshotSummary { BackupStart = time, BackupEnd = time, TotalBytesProcessed = (ulong)(1_000_000 + number) },
            };
            await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(snapshot), token);
        });
    }
}
