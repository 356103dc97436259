using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Progress;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

/// <summary>An application that writes to two databases in one go, and a backup that pins both.</summary>
public sealed class MutualWaitTests
{
    [Fact]
    public async Task A_backup_lets_go_of_one_database_before_it_waits_for_another()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Execute("a.db", "create table t(x); insert into t values (1)");
        scene.Execute("b.db", "create table t(x); insert into t values (1)");
        using var second = SqliteConnections.Open(scene.Temp["b.db"]);
        second.Execute("begin exclusive; insert into t values (2)");
        Task? rest = null;
        // Told that the second is busy, while the first is still pinned: from here on the application wants the first, and keeps the second until it has it.
        string? Busy(string path)
        {
            Assert.Equal(scene.Temp["b.db"], path);
            rest ??= Task.Run(() =>
            {
                using var first = SqliteConnections.Open(scene.Temp["a.db"]);
                first.Execute("begin exclusive; insert into t values (2); commit");
                second.Execute("commit");
            });
            return null;
        }

        var options = BackupScene.Options() with { Databases = [scene.Declare("a", "a.db"), scene.Declare("b", "b.db")] };
        // Waiting for each other they would wait for much longer than the test does.
        var images = new SqliteImageOptions { BusyDeadline = TimeSpan.FromHours(1), DescribeHolders = Busy };
        var result = await new BackupRun(scene.Repository, options, images, scene.Clock, new OperationProgress())
            .ExecuteAsync(TestContext.Current.CancellationToken).WaitAsync(Conditions.Deadline, TestContext.Current.CancellationToken);

        Assert.NotNull(rest);
        await rest;
        Assert.Empty(result.Problems);
        Assert.Equal([2, 2], result.Databases.Select(database => database.Tables["t"]));
    }
}
