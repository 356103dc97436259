using System.Globalization;
using Holdfast.Engine.State;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Engine.Keys;

/// <summary>The last good check of the passphrase of each repository, in the local state.</summary>
public sealed class KeyCheckStore(LocalState state)
{
    /// <summary>Remembers it, durably, in the place of the one before.</summary>
    /// <exception cref="HoldfastException">Damaged, Busy, NoSpace, Failed: the state cannot be written.</exception>
    public void Record(string location, KeyCheckRecord check) => state.Execute(
        """
        insert into key_checks(location, repository, key, at) values($location, $repository, $key, $at)
        on conflict(location) do update set repository = excluded.repository, key = excluded.key, at = excluded.at
        """,
        ("$location", location),
        ("$repository", check.Repository.ToString()),
        ("$key", check.Key.ToString()),
        ("$at", check.At.ToString("O", CultureInfo.InvariantCulture)));

    /// <summary>Null when there was none.</summary>
    public KeyCheckRecord? Load(string location) => state.Query<KeyCheckRecord?>(
        "select repository, key, at from key_checks where location = $location",
        row => new KeyCheckRecord(
            Id.Parse(row.GetString(0)),
            Id.Parse(row.GetString(1)),
            DateTimeOffset.Parse(row.GetString(2), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)),
        ("$location", location)) is [var last, ..] ? last : null;
}

/// <summary>A repository was opened with the configured passphrase.</summary>
/// <param name="Repository">Its ID.</param>
/// <param name="Key">The key that the passphrase opened.</param>
/// <param name="At">When.</param>
public sealed record KeyCheckRecord(Id Repository, Id Key, DateTimeOffset At);
