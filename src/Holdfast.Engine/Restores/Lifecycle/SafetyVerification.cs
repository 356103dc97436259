using System.Collections.Concurrent;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Contents;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>
/// Reads a safety snapshot back. Most of it is content that the repository had already, and nobody has looked at that since it was written:
/// when it is damaged, the file that is about to be removed may be the last good copy.
/// </summary>
internal sealed class SafetyVerification(Repository repository, TimeProvider clock, OperationProgress progress)
{
    private readonly HashSet<Id> _verified = [];

    /// <returns>The files of which the repository has no good copy.</returns>
    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">Damaged: a folder of it cannot be read, so it is not known what it holds. Locked.</exception>
    internal Task<IReadOnlyList<FilePath>> FindLostAsync(StoredSnapshot snapshot, RestoreOptions restore, CancellationToken cancellationToken) =>
        new LockedReading(repository, restore.Identity, clock, static _ => { }).RunAsync(
            async (reader, token) =>
            {
                var contents = await new SnapshotContentsReader(reader, snapshot, [], []).ReadAsync(token).ConfigureAwait(false);
                var files = contents.Items.Where(item => item.IsFile).ToList();
                progress.Begin(RestoreSteps.SafetyCheck, files.Sum(file => file.Bytes));
                var receiver = new Receiver(progress);
                var wanted = files.SelectMany(file => file.Node.Content!).Where(id => !_verified.Contains(id));
                await new BlobFetcher(repository, reader).FetchAsync(wanted, receiver, restore.Workers, token).ConfigureAwait(false);
                _verified.UnionWith(files.SelectMany(file => file.Node.Content!).Where(id => !receiver.Lost.ContainsKey(id)));
                return (IReadOnlyList<FilePath>)[.. files.Where(file => file.Node.Content!.Any(receiver.Lost.ContainsKey)).Select(file => file.Source)];
            },
            cancellationToken);

    private sealed class Receiver(OperationProgress progress) : IBlobReceiver
    {
        internal ConcurrentDictionary<Id, string> Lost { get; } = [];

        public ValueTask DeliverAsync(Id id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            progress.AddBytes(content.Length);
            return ValueTask.CompletedTask;
        }

        public void Lose(Id id, string why) => Lost.TryAdd(id, why);
    }
}
