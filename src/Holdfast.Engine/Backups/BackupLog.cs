using System.Collections.Concurrent;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Backups;

/// <summary>Gathers figures, problems and notices from the worker threads of one backup.</summary>
internal sealed class BackupLog
{
    private readonly ConcurrentQueue<string> _problems = [];
    private readonly ConcurrentQueue<string> _notices = [];
    private readonly ConcurrentQueue<DatabaseRecord> _databases = [];
    private readonly Lock _gate = new();
    private DateTimeOffset? _first;
    private DateTimeOffset? _last;
    private long _files;
    private long _filesUnchanged;
    private long _bytesRead;
    private long _directories;

    internal IReadOnlyList<string> Problems => [.. _problems.Order(StringComparer.Ordinal)];

    internal IReadOnlyList<string> Notices => [.. _notices.Order(StringComparer.Ordinal)];

    internal IReadOnlyList<DatabaseRecord> Databases => [.. _databases.OrderBy(database => database.Path, StringComparer.Ordinal)];

    internal long Files => Interlocked.Read(ref _files);

    internal long FilesUnchanged => Interlocked.Read(ref _filesUnchanged);

    internal long Directories => Interlocked.Read(ref _directories);

    internal long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>How what was saved compares with the parent snapshot.</summary>
    internal ChangeFigures Changes { get; } = new();

    internal void Problem(string sentence) => _problems.Enqueue(sentence);

    /// <summary>The same, unless it was said already.</summary>
    internal void ProblemOnce(string sentence)
    {
        lock (_gate)
        {
            if (!_problems.Contains(sentence, StringComparer.Ordinal)) Problem(sentence);
        }
    }

    internal void Notice(string sentence) => _notices.Enqueue(sentence);

    internal void Vanished(FilePath path) => Notice($"{path.Display} vanished while it was being saved");

    internal void Database(DatabaseRecord record) => _databases.Enqueue(record);

    /// <summary>A declared database that is not in the snapshot.</summary>
    internal void Miss(DatabaseSource database, string why)
    {
        Problem($"the database {PrintableName.Escape(database.Name)} ({database.Path.Display}) was not saved: {why}");
        Database(Record(database) with { Missing = why });
    }

    /// <inheritdoc cref="Miss(DatabaseSource, string)"/>
    internal void Miss(ServedDatabase database, FilePath folder, string why)
    {
        Problem($"the database {PrintableName.Escape(database.Name)} ({database.Address.Display}) was not saved: {why}");
        Database(new DatabaseRecord
        {
            Name = database.Name,
            Kind = DatabaseRecord.PostgresKind,
            Path = folder.ToString(),
            ExpectTables = database.ExpectTables,
            Assertions = database.Assertions,
            Missing = why,
        });
    }

    /// <summary>A database that is in the snapshot, but not as it should be; the record makes a problem of it.</summary>
    internal void Damaged(DatabaseSource database, string why) => Database(Record(database) with { Damage = [why] });

    private static DatabaseRecord Record(DatabaseSource database) => new()
    {
        Name = database.Name,
        Kind = DatabaseRecord.SqliteKind,
        Path = database.Path.ToString(),
        ExpectTables = database.ExpectTables,
        Assertions = database.Assertions,
    };

    internal void Directory() => Interlocked.Increment(ref _directories);

    internal void File(bool isUnchanged)
    {
        Interlocked.Increment(ref _files);
        if (isUnchanged) Interlocked.Increment(ref _filesUnchanged);
    }

    /// <summary>A database or file was read at this moment.</summary>
    internal void ReadAt(DateTimeOffset now)
    {
        lock (_gate)
        {
            _first = _first is { } first && first <= now ? first : now;
            _last = _last is { } last && last >= now ? last : now;
        }
    }

    /// <summary>Between which moments everything was read; null when nothing was.</summary>
    internal SnapshotMoments? Moments(bool quiesced)
    {
        lock (_gate) return _first is { } first && _last is { } last ? new SnapshotMoments { First = first, Last = last, Quiesced = quiesced } : null;
    }

    internal void Read(long bytes) => Interlocked.Add(ref _bytesRead, bytes);
}
