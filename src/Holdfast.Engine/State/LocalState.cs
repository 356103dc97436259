using System.Data.Common;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.State;

/// <summary>
/// What this machine remembers between runs: an SQLite database in a private folder. Used by one thread at a time; several processes may have it
/// open, and waiting for another one ends after half a minute.
/// </summary>
public sealed class LocalState : IDisposable
{
    private const string FileName = "state.db";

    private const string DamagedHint =
        "keep it, but under another name, with the \"-wal\" beside it: a new one is made, and drills prove the snapshots again; backups are not affected";

    private static readonly string[] Migrations =
    [
        """
        create table proofs(
            id integer primary key autoincrement,
            repository text not null,
            snapshot text not null,
            proven integer not null,
            at text not null,
            seconds real not null,
            program text not null,
            checks text not null);
        create index proofs_by_snapshot on proofs(repository, snapshot, id);
        """,
        // Older drills are kept, but it is not known of which copy of the repository they were: they count for none.
        """
        alter table proofs add column location text not null default '';
        drop index proofs_by_snapshot;
        create index proofs_by_snapshot on proofs(repository, location, snapshot, id);
        """,
        """
        create table operations(
            number integer primary key autoincrement,
            application text not null,
            place text not null,
            kind text not null,
            state text not null,
            started text not null,
            ended text,
            owner_id integer not null,
            owner_start integer not null,
            boot text not null,
            user text not null,
            program text not null,
            title text not null,
            request text,
            undo text,
            result text,
            error text,
            hint text);
        create index operations_by_place on operations(place, number);
        create table operation_steps(
            operation integer not null references operations(number) on delete cascade,
            position integer not null,
            name text not null,
            started text not null,
            ended text,
            bytes integer not null,
            total_bytes integer not null,
            primary key(operation, position)) without rowid;
        """,
        // A proof is of content; older ones know the snapshot alone.
        """
        alter table proofs add column tree text not null default '';
        alter table proofs add column bytes integer not null default 0;
        create index proofs_by_tree on proofs(repository, location, tree, id);
        """,
        // Times in seconds since 1970. A pack is known from when it was first seen here; verified is null until it was read.
        """
        create table packs(
            repository text not null,
            location text not null,
            pack blob not null,
            seen integer not null,
            verified integer,
            primary key(repository, location, pack)) without rowid;
        """,
        """
        create table key_checks(
            location text primary key,
            repository text not null,
            key text not null,
            at text not null) without rowid;
        """,
        // The snapshots, by the ID that they had where they were made, that a repository did not get when they were made.
        """
        create table missed_snapshots(
            location text not null,
            snapshot text not null,
            primary key(location, snapshot)) without rowid;
        """,
        // What was removed on purpose; of what older programs removed, the ID alone is known. Empty: not known, or the content is elsewhere, too.
        """
        create table forgotten_snapshots(
            repository text not null,
            snapshot text not null,
            origin text not null,
            tree text not null,
            primary key(repository, snapshot)) without rowid;
        insert or ignore into forgotten_snapshots(repository, snapshot, origin, tree)
            select '', removed.value, '', ''
            from operations, json_each(case when json_valid(operations.result) then operations.result else '{}' end, '$.removed') removed
            where operations.kind = 'forget';
        """,
    ];

    private readonly SqliteStore _store;

    private LocalState(SqliteStore store, FilePath folder) => (_store, Folder) = (store, folder);

    /// <summary>Where it is.</summary>
    public FilePath Folder { get; }

    /// <summary>The state folder: <c>$HOLDFAST_STATE</c>, else <c>$XDG_STATE_HOME/holdfast</c>, else <c>~/.local/state/holdfast</c>, else <c>/var/lib/holdfast</c>.</summary>
    /// <param name="environment">Gives the value of a variable, null when it is not set.</param>
    /// <param name="currentDirectory">What a relative <c>$HOLDFAST_STATE</c> starts from.</param>
    public static FilePath FolderFrom(Func<string, string?> environment, FilePath currentDirectory)
    {
        if (environment("HOLDFAST_STATE") is { Length: > 0 } own) return FilePath.Absolute(own, currentDirectory);
        // The XDG base directory specification has relative paths ignored.
        if (environment("XDG_STATE_HOME") is ['/', ..] state) return FilePath.From(state).Combine("holdfast");
        if (environment("HOME") is ['/', ..] home) return FilePath.From(home).Combine(".local").Combine("state").Combine("holdfast");
        // A service of the system has no home (systemd.exec(5)).
        return FilePath.From("/var/lib/holdfast");
    }

    /// <summary>True when something was remembered on this machine before.</summary>
    public static bool Exists(FilePath folder) => FileSystem.Exists(folder.Combine(FileName));

    /// <summary>Opens the state in a folder, making both when they are missing.</summary>
    /// <exception cref="HoldfastException">Damaged, Busy, NoSpace, Failed: it cannot be used, and why.</exception>
    public static LocalState Open(FilePath folder)
    {
        if (!FileSystem.Exists(folder))
        {
            if (folder.Parent is { } parent) FileSystem.CreateDirectories(parent);
            FileSystem.TryCreateDirectory(folder, FilePermissions.PrivateDirectory);
        }

        var path = folder.Combine(FileName);
        try
        {
            return new LocalState(SqliteStore.Open(path.ToString(), Migrations), folder);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            throw Damaged(folder, error);
        }
    }

    /// <summary>A failure is that of a damaged local state: what it knew cannot be asked for any more.</summary>
    public static bool IsDamage(HoldfastException error) => error is { Kind: FailureKind.Damaged, Hint: DamagedHint };

    /// <summary>Runs a statement of the room whose table it is.</summary>
    internal void Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        try
        {
            _store.Execute(sql, parameters);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            throw Damaged(Folder, error);
        }
    }

    /// <summary>The rows of a query of the room whose table it is.</summary>
    internal IReadOnlyList<T> Query<T>(string sql, Func<DbDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        try
        {
            return _store.Query(sql, row, parameters);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Damaged)
        {
            throw Damaged(Folder, error);
        }
    }

    private static HoldfastException Damaged(FilePath folder, HoldfastException error) => new(
        FailureKind.Damaged, $"the local state \"{folder.Combine(FileName).Display}\" is damaged: {error.Message}", DamagedHint, error);

    /// <summary>Does all of it or nothing, durably.</summary>
    internal void InTransaction(Action work) => _store.InTransaction(work);

    public void Dispose() => _store.Dispose();
}
