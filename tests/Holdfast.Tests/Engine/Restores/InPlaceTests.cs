using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Tests.Engine.Databases.Sqlite;
using Xunit;

namespace Holdfast.Tests.Engine.Restores;

/// <summary>An application that was saved once, and ways to spoil it.</summary>
public abstract class InPlaceTests : SceneTests
{
    protected async Task SaveFirstStateAsync(string journalMode)
    {
        Scene.Execute($"pragma journal_mode={journalMode}; create table t(x); insert into t values('old')");
        Scene.Temp.WriteFile("app/config", "old");
        await Scene.BackupAsync();
    }

    /// <summary>Changes the database in a process that is killed, so that the change is in the WAL alone.</summary>
    protected void LeaveWalBehind(string sql)
    {
        using var writer = WriterProcess.Sql(Scene.Database);
        writer.Run("pragma wal_autocheckpoint=0");
        Assert.DoesNotContain("error", writer.Run(sql), StringComparison.Ordinal);
        writer.Kill();
        Assert.True(new FileInfo(Scene.Database + "-wal").Length > 0);
    }

    protected void AssertOnly(params string[] names) =>
        Assert.Equal(names, Directory.GetFileSystemEntries(Scene.App).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));

    private protected sealed class Verification : DatabaseVerification
    {
        public IReadOnlyList<string>? Staged { get; init; }

        public IReadOnlyList<string>? InPlace { get; init; }

        public string? Only { get; init; }

        public Action? OnStaged { get; init; }

        internal override IReadOnlyList<string> CheckStaged(FilePath staged, CancellationToken cancellationToken)
        {
            OnStaged?.Invoke();
            return Staged ?? base.CheckStaged(staged, cancellationToken);
        }

        internal override IReadOnlyList<string> CheckInPlace(FilePath database, InodeIdentity expected) =>
            InPlace is not null && (Only is null || Only == database.ToString()) ? InPlace : base.CheckInPlace(database, expected);
    }
}
