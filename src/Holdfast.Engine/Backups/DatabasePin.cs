using Holdfast.Engine.Databases.Sqlite;

namespace Holdfast.Engine.Backups;

/// <summary>One commit of a database, held in place.</summary>
/// <param name="image">The state.</param>
/// <param name="at">When it was the newest.</param>
internal sealed class DatabasePin(SqliteImage image, DateTimeOffset at) : IAsyncDisposable
{
    internal SqliteImage Image => image;

    internal DateTimeOffset At => at;

    /// <summary>Writers of the database wait for as long as this is held.</summary>
    internal bool HoldsUpWriters => image.JournalMode == SqliteJournalMode.Rollback;

    public ValueTask DisposeAsync() => image.DisposeAsync();
}
