using System.Data.Common;
using Holdfast.Engine.State;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Verification;

/// <summary>Which packs of a repository at one place were read when, in the local state. Thread-safe.</summary>
/// <param name="state">Where it is kept; used by nobody else meanwhile.</param>
/// <param name="repository">The repository's ID.</param>
/// <param name="location">Its place: a copy elsewhere lies on another disk.</param>
public sealed class PackRecords(LocalState state, Id repository, string location)
{
    private readonly Lock _gate = new();

    public IReadOnlyDictionary<Id, PackRecord> Load()
    {
        lock (_gate)
        {
            return state.Query(
                "select pack, seen, verified from packs where repository = $repository and location = $location",
                Read,
                ("$repository", repository.ToString()),
                ("$location", location)).ToDictionary(row => row.Key, row => row.Value);
        }
    }

    /// <summary>Enters packs that are new and drops those that are gone.</summary>
    public void Adopt(IEnumerable<Id> packs, DateTimeOffset now)
    {
        var known = Load().Keys.ToHashSet();
        var there = packs.ToHashSet();
        lock (_gate)
        {
            state.InTransaction(() =>
            {
                foreach (var pack in known.Except(there)) Execute("delete from packs where repository = $repository and location = $location and pack = $pack", pack, now);
                foreach (var pack in there.Except(known)) Execute("insert into packs(repository, location, pack, seen) values($repository, $location, $pack, $now)", pack, now);
            });
        }
    }

    /// <summary>Enters the result of a reading. One that is not good counts as never verified.</summary>
    public void Record(Id pack, bool isGood, DateTimeOffset now)
    {
        lock (_gate)
        {
            Execute(
                isGood
                    ? """
                      insert into packs(repository, location, pack, seen, verified) values($repository, $location, $pack, $now, $now)
                      on conflict(repository, location, pack) do update set verified = $now
                      """
                    : "update packs set verified = null where repository = $repository and location = $location and pack = $pack",
                pack,
                now);
        }
    }

    private void Execute(string sql, Id pack, DateTimeOffset now)
    {
        var bytes = new byte[Id.Size];
        pack.CopyTo(bytes);
        state.Execute(sql, ("$repository", repository.ToString()), ("$location", location), ("$pack", bytes), ("$now", now.ToUnixTimeSeconds()));
    }

    private static KeyValuePair<Id, PackRecord> Read(DbDataReader row) => new(
        new Id(row.GetFieldValue<byte[]>(0)),
        new PackRecord(
            DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(1)),
            row.IsDBNull(2) ? null : DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(2))));
}
