using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases;
using Holdfast.Engine.Files;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>An application with one database, of whose cluster a base backup is taken.</summary>
internal sealed class ClusterScene : IDisposable
{
    private ClusterScene(BackupScene backup) => Backup = backup;

    public BackupScene Backup { get; }

    /// <summary>The folder of the database in the snapshot.</summary>
    public FilePath Folder => Backup.At(".holdfast").Combine("databases").Combine("main");

    public static async Task<ClusterScene> CreateAsync()
    {
        var scene = await BackupScene.CreateAsync();
        scene.Clock = TimeProvider.System;
        scene.Write("holdfast.yaml", "application: orchard\n");
        return new ClusterScene(scene);
    }

    public Task<BackupResult> BackupAsync(PostgresCluster cluster, string database) => BackupAsync(cluster, database, given => given);

    public Task<BackupResult> BackupAsync(PostgresCluster cluster, string database, Func<ServedDatabase, ServedDatabase> change) =>
        BackupAsync(cluster, database, change, TestContext.Current.CancellationToken);

    public Task<BackupResult> BackupAsync(PostgresCluster cluster, string database, Func<ServedDatabase, ServedDatabase> change, CancellationToken cancellationToken) =>
        Backup.BackupAsync(
            BackupScene.Options(Backup.At("holdfast.yaml")) with
            {
                Manifest = Backup.At("holdfast.yaml"),
                ServedDatabases = [change(new ServedDatabase("main", PostgresAddress.Parse(cluster.ConnectionString(database)), [], []) { Form = ServedForm.Physical })],
            },
            cancellationToken);

    public void Dispose() => Backup.Dispose();
}
