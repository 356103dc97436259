using Holdfast.Engine.Databases.Sqlite;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

/// <summary>Takes images in tests.</summary>
internal static class Images
{
    public static SqliteImageOptions Quick { get; } = new() { BusyDeadline = TimeSpan.FromMinutes(10) };

    public static Task<SqliteImage> OpenAsync(string path) =>
        SqliteImage.OpenAsync(path, Quick, TestContext.Current.CancellationToken);

    /// <summary>Streams an image into a file, feeding its survey, as a backup does.</summary>
    public static SqliteImageSummary Save(SqliteImage image, string target, int pagesAtOnce = 16)
    {
        using var file = File.Create(target);
        var buffer = new byte[image.PageSize * pagesAtOnce];
        for (long at = 0; at < image.Length;)
        {
            var read = image.Read(at, buffer);
            image.Survey.Add(at, buffer.AsSpan(0, read));
            file.Write(buffer, 0, read);
            at += read;
        }

        return image.Summarise(TestContext.Current.CancellationToken);
    }

    public static async Task<SqliteImageSummary> SaveAsync(string path, string target)
    {
        await using var image = await OpenAsync(path);
        return Save(image, target);
    }

    /// <summary>Opens a saved image as a database of its own and compares the survey's counts with SQLite's.</summary>
    public static void AssertSound(string target, SqliteImageSummary summary)
    {
        using var checks = SqliteDatabaseChecks.Open(target);
        Assert.Empty(checks.IntegrityCheck(10, TestContext.Current.CancellationToken));
        Assert.Empty(summary.Damage);
        Assert.Equal(checks.RowCounts(TestContext.Current.CancellationToken), summary.Tables);
    }
}
