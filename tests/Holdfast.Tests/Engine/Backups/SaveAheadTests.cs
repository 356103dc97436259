using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Tests.Engine.Databases.Sqlite;
using Holdfast.Tests.Engine.Restores;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>In the rollback modes writers wait while the image is held, so the first backup of a large database does most of its work before.</summary>
public sealed class SaveAheadTests : IDisposable
{
    private readonly Scene _scene = Scene.CreateAsync().Result;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task Stores_a_large_rollback_database_before_it_takes_the_lock()
    {
        using var other = MakeDatabase("delete");
        Assert.Equal(string.Empty, other.Run("begin exclusive"));
        var (isStored, failure) = await SaveAsync();

        Assert.NotNull(failure);
        Assert.True(isStored, "the chunks were to be stored without the lock, which another process holds");
    }

    [Fact]
    public async Task Reads_a_WAL_database_once()
    {
        using var other = MakeDatabase("wal");
        Assert.Equal(string.Empty, other.Run("pragma locking_mode=exclusive; begin exclusive").Replace("exclusive", string.Empty, StringComparison.Ordinal));
        var (isStored, failure) = await SaveAsync();

        Assert.NotNull(failure);
        Assert.False(isStored, "writers of a WAL database never wait, so nothing is read twice");
    }

    private WriterProcess MakeDatabase(string mode)
    {
        var other = WriterProcess.Sql(_scene.Database);
        other.Run($"pragma journal_mode={mode}");
        other.Run("create table t(a integer primary key, b blob)");
        other.Run("with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) insert into t select i, randomblob(900) from n");
        other.Run("pragma wal_checkpoint(truncate)");
        return other;
    }

    /// <summary>Tries to save a database that stays locked; whether its first chunk got stored all the same.</summary>
    private async Task<(bool IsStored, HoldfastException? Failure)> SaveAsync()
    {
        var index = await _scene.Repository.LoadIndexAsync(Token);
        await using var writer = new BlobWriter(_scene.Repository, index, TimeProvider.System, Task.CompletedTask);
        var options = new SqliteImageOptions { BusyDeadline = TimeSpan.Zero };
        var archiver = new DatabaseArchiver(writer, new BackupLog(), new OperationProgress(), options, workers: 2);
        var source = new DatabaseSource("main", FilePath.From(_scene.Database), [], []);
        var failure = await Record.ExceptionAsync(() => archiver.SaveAsync(source, previousChunkSize: null, Token)) as HoldfastException;
        await writer.FlushAsync(Token);

        var first = new byte[PageChunking.MinimumSize];
        await using (var file = File.OpenRead(_scene.Database)) await file.ReadExactlyAsync(first, Token);
        return (index.Contains(new BlobHandle(BlobType.Data, Id.Of(first))), failure);
    }
}
