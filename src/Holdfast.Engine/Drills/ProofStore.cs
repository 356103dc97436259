using System.Data.Common;
using System.Globalization;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Drills;

/// <summary>The drills in the local state.</summary>
public sealed class ProofStore(LocalState state)
{
    /// <summary>Remembers a drill, durably.</summary>
    /// <exception cref="HoldfastException">Damaged, Busy, NoSpace, Failed: the state cannot be written.</exception>
    public void Record(DrillRecord drill) => state.InTransaction(() =>
    {
        Insert(drill);
        // What was removed once is there again.
        if (drill is { Proven: true, Tree: { } tree })
            state.Execute("delete from forgotten_snapshots where repository = $repository and tree = $tree", ("$repository", drill.Repository.ToString()), ("$tree", tree.ToString()));
    });

    private void Insert(DrillRecord drill) => state.Execute(
        """
        insert into proofs(repository, location, snapshot, tree, proven, at, seconds, bytes, program, checks)
        values($repository, $location, $snapshot, $tree, $proven, $at, $seconds, $bytes, $program, $checks)
        """,
        ("$repository", drill.Repository.ToString()),
        ("$location", drill.Location),
        ("$snapshot", drill.Snapshot.ToString()),
        ("$tree", drill.Tree?.ToString() ?? string.Empty),
        ("$proven", drill.Proven ? 1 : 0),
        ("$at", drill.At.ToString("O", CultureInfo.InvariantCulture)),
        ("$seconds", drill.Duration.TotalSeconds),
        ("$bytes", drill.Bytes),
        ("$program", drill.Program),
        ("$checks", drill.ChecksJson));

    /// <summary>
    /// The last drill of each content of a repository at one place, in the order in which they were recorded and not by any clock; oldest first.
    /// </summary>
    public ProofBook Load(Id repository, string location) => new(state.Query(
        """
        select repository, location, snapshot, tree, proven, at, seconds, bytes, program, checks from proofs
        where id in (select max(id) from proofs where repository = $repository and location = $location
            group by tree, case tree when '' then snapshot else '' end)
        order by id
        """,
        Read,
        ("$repository", repository.ToString()),
        ("$location", location)));

    /// <summary>The same for those who remove something: with what is proven of the same content elsewhere.</summary>
    public ProofBook LoadForRemoval(Id repository, string location) => new(Load(repository, location).Drills)
    {
        Elsewhere = state.Query(
            """
            select repository, location, snapshot, tree, proven, at, seconds, bytes, program, checks from proofs
            where id in (select max(id) from proofs group by repository, location, tree, case tree when '' then snapshot else '' end)
                and proven <> 0 and not (repository = $repository and location = $location)
            order by id
            """,
            Read,
            ("$repository", repository.ToString()),
            ("$location", location)),
    };

    /// <summary>The last good drill of a content that has been found hurt since; null when there was none.</summary>
    internal DrillRecord? LastGood(DrillRecord withdrawn) => state.Query<DrillRecord?>(
        """
        select repository, location, snapshot, tree, proven, at, seconds, bytes, program, checks from proofs
        where repository = $repository and location = $location and tree = $tree and (tree <> '' or snapshot = $snapshot) and proven <> 0
        order by id desc limit 1
        """,
        Read,
        ("$repository", withdrawn.Repository.ToString()),
        ("$location", withdrawn.Location),
        ("$tree", withdrawn.Tree?.ToString() ?? string.Empty),
        ("$snapshot", withdrawn.Snapshot.ToString())) is [var last, ..] ? last : null;

    private static DrillRecord Read(DbDataReader row) => new()
    {
        Repository = Id.Parse(row.GetString(0)),
        Location = row.GetString(1),
        Snapshot = Id.Parse(row.GetString(2)),
        Tree = row.GetString(3) is { Length: > 0 } tree ? Id.Parse(tree) : null,
        Proven = row.GetInt64(4) != 0,
        At = DateTimeOffset.Parse(row.GetString(5), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        Duration = TimeSpan.FromSeconds(row.GetDouble(6)),
        Bytes = row.GetInt64(7),
        Program = row.GetString(8),
        ChecksJson = row.GetString(9),
    };
}
